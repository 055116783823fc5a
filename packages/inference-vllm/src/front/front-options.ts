import type { Logger } from "@rhapsody/core";
import type { Fleet } from "../fleet/call.ts";
import type { PromptForm } from "../options/backend-options.ts";

/** What a front stands before, and how it listens. */
export interface FrontOptions {
  /** Name of the backend, for errors. */
  readonly backend: string;
  /** The servers behind it; not closed with the front. */
  readonly fleet: Fleet;
  /** Hears of failures that are nobody's request's. */
  readonly logger: Logger;
  /** Address to listen on. @defaultValue `"127.0.0.1"`: only programs on this machine reach it */
  readonly host?: string | undefined;
  /** Port to listen on; `0` for any that is free. @defaultValue `0` */
  readonly port?: number | undefined;
  /** Bearer token that requests must carry: visible ASCII characters. @defaultValue 256 random bits, see {@link Front.token} */
  readonly token?: string | undefined;
  /** How prompts of `POST /generate` reach the model. @defaultValue `"chat"` */
  readonly prompts?: PromptForm | undefined;
  /** Most bytes of a request's body. @defaultValue 32 MiB, a chat with some images */
  readonly maxBodyBytes?: number | undefined;
  /** Most requests for answers at a time, those that wait in line included; more are refused with status 429. @defaultValue `1024` */
  readonly maxConcurrent?: number | undefined;
  /** Longest time that a client may take none of its answer, in milliseconds; then its connection is broken. @defaultValue `60_000` */
  readonly clientStallMs?: number | undefined;
  /** Origins of web pages that may read answers, e.g. `"https://lab.example"`. @defaultValue none */
  readonly corsOrigins?: readonly string[] | undefined;
}

/** A listener that speaks the protocol of OpenAI for the servers behind it. */
export interface Front extends AsyncDisposable {
  /** `http://host:port`; clients of OpenAI's protocol want `/v1` after it. */
  readonly address: string;
  /** Token that requests must carry. */
  readonly token: string;
  /**
   * Takes no new requests, lets those under way end for as long as allowed, aborts the others, and closes every connection. Idempotent.
   *
   * @param graceMs - Time for requests under way, in milliseconds.
   */
  close(graceMs: number): Promise<void>;
}
