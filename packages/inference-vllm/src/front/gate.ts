import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { unauthorized } from "./problem.ts";

/** Lets in who has the token. */
export class Gate {
  readonly token: string;
  readonly #digest: Buffer;

  constructor(token: string = randomBytes(32).toString("base64url")) {
    this.token = token;
    this.#digest = digestOf(token);
  }

  /** @throws {@link unauthorized} unless the request has the token. */
  check({ headers }: IncomingMessage): void {
    const [, given] = /^bearer +(.+)$/i.exec(headers.authorization ?? "") ?? [];
    // Of equal length whatever was given, so that the time taken tells nothing of the token.
    if (given === undefined || !timingSafeEqual(digestOf(given), this.#digest)) throw unauthorized();
  }
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
