import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { BackendError } from "@rhapsody/core";
import { Desk } from "./desk.ts";
import type { Front, FrontOptions } from "./front-options.ts";
import { placeOf, toFrontSettings, type FrontPlace } from "./front-settings.ts";
import { Gate } from "./gate.ts";

/** Times that a client may take, in milliseconds: for its headers, for its whole request, and between two requests. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 120_000;
const IDLE_MS = 65_000;

/** How often those times are looked at, in milliseconds. */
const LOOK_MS = 2_000;

/** Time to tell clients that their requests were aborted, in milliseconds. */
const LAST_WORDS_MS = 500;

/** Connections beside those of requests that are under way: idle ones, and those of who only looks. */
const SPARE_CONNECTIONS = 256;

/** Makes sure that a front can listen there, before servers are started for it, which takes minutes. @throws as {@link startFront} does. */
export async function checkPlace(options: Pick<FrontOptions, keyof FrontPlace>): Promise<void> {
  const server = createServer();
  await listen(server, placeOf(options));
  server.close();
  await once(server, "close");
}

/** Starts a front; resolves once it listens. @throws `BackendError` `BACKEND_UNAVAILABLE` when it cannot listen there. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const settings = toFrontSettings(options);
  const gate = new Gate(options.token);
  const desk = new Desk(settings, gate);
  const server = createServer(
    {
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: IDLE_MS,
      connectionsCheckingInterval: LOOK_MS,
    },
    (request, response) => void desk.serve(request, response),
  );
  server.maxConnections = 2 * settings.maxConcurrent + SPARE_CONNECTIONS;
  await listen(server, settings);
  return new OpenFront(server, desk, { address: addressOf(server, settings.host), token: gate.token });
}

class OpenFront implements Front {
  readonly address: string;
  readonly token: string;
  readonly #server: Server;
  readonly #desk: Desk;
  #closed: Promise<void> | undefined;

  constructor(server: Server, desk: Desk, { address, token }: Pick<Front, "address" | "token">) {
    this.#server = server;
    this.#desk = desk;
    this.address = address;
    this.token = token;
  }

  close(graceMs: number): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(0);
  }

  async #close(graceMs: number): Promise<void> {
    // Listens no more, and closes connections without a request.
    const closed = once(this.#server, "close");
    this.#server.close();
    const timers = [
      setTimeout(() => this.#desk.stop(), graceMs),
      setTimeout(() => this.#server.closeAllConnections(), graceMs + LAST_WORDS_MS),
    ];
    await this.#desk.drain();
    for (const timer of timers) clearTimeout(timer);
    this.#server.closeAllConnections();
    await closed;
  }
}

async function listen(server: Server, { backend, host, port }: FrontPlace): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (cause) {
    // What listening fails with.
    const { code, message: how } = cause as NodeJS.ErrnoException;
    const fix =
      code === "EADDRINUSE" || code === "EACCES"
        ? "choose another port, or 0 for any that is free"
        : "host must be an address of this machine, or 0.0.0.0 for all that it has";
    const message = `its HTTP front cannot listen on ${host}:${port} (${how}): ${fix}`;
    throw new BackendError("BACKEND_UNAVAILABLE", { backend, message, cause });
  }
}

function addressOf(server: Server, host: string): string {
  // A server that listens on a port has such an address.
  const { port, family, address } = server.address() as AddressInfo;
  // Others reach one that listens everywhere by the machine's name.
  const name = address === "0.0.0.0" || address === "::" ? hostname() : host;
  return `http://${family === "IPv6" && name.includes(":") ? `[${name}]` : name}:${port}`;
}
