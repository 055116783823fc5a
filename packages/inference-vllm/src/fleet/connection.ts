import { buildConnector, Pool, type Dispatcher } from "undici";
import { Answer, type Attempt } from "./answer.ts";
import type { Call, CallControl, ReplicaAddress } from "./call.ts";
import { exchange } from "./exchange.ts";

/**
 * How long a connection is kept without a request, in milliseconds: less than the 5 s of vLLM's server (`VLLM_HTTP_TIMEOUT_KEEP_ALIVE`), so that it is not closed
 * there at the instant that a request goes out.
 */
const KEEP_ALIVE_MS = 2_000;

const open = buildConnector({});

/** Connects, and has the errors of a connection tell what it served before: undici's own do, those of the system (`ECONNRESET`) do not. */
const connect: buildConnector.connector = (options, done) =>
  open(options, (...opened) => {
    const [, socket] = opened;
    socket?.prependListener("error", (error: object) => {
      Object.assign(error, { socket: { bytesRead: socket.bytesRead } });
    });
    done(...opened);
  });

/** The connections to one server. */
export class Connection {
  readonly #name: string;
  readonly #pool: Pool;
  readonly #path: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** @param stallMs - Longest silence during a request; `0` for any. */
  constructor({ name, url, apiKey, headers }: ReplicaAddress, stallMs: number) {
    const { origin, pathname } = new URL(url);
    this.#name = name;
    this.#path = pathname.replace(/\/$/, "");
    this.#pool = new Pool(origin, {
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      connect,
      headersTimeout: stallMs,
      bodyTimeout: stallMs,
    });
    this.#headers = {
      "content-type": "application/json",
      ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      ...headers,
    };
  }

  /** Sends a request and reads the whole answer. @throws the signal's reason when it was aborted. */
  async ask(call: Call, control: CallControl): Promise<Attempt> {
    const answer = new Answer(this.#name, control);
    // What cannot be written (nested too deep) is no fault of the server.
    const request = this.#request(call);
    try {
      await exchange(this.#pool, request, answer);
      return answer.end();
    } catch (cause) {
      control.signal?.throwIfAborted();
      return answer.broken(cause);
    }
  }

  /** What the server has at a path that begins at its root or, without a slash, below its base address; `undefined` when there is no such answer. */
  async look(
    path: string,
    signal: AbortSignal,
  ): Promise<{ readonly status: number; readonly text: string } | undefined> {
    try {
      const at = path.startsWith("/") ? path : `${this.#path}/${path}`;
      const { statusCode, body } = await this.#pool.request({
        path: at,
        method: "GET",
        headers: this.#headers,
        signal,
      });
      return { status: statusCode, text: await body.text() };
    } catch {
      return undefined;
    }
  }

  /** Closes the connections once what is under way has ended. */
  async drain(): Promise<void> {
    await this.#pool.close();
  }

  /** Breaks every connection. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  #request({ path, body, bytes }: Call): Dispatcher.DispatchOptions {
    return {
      path: `${this.#path}/${path}`,
      method: "POST",
      headers: this.#headers,
      body: bytes ?? JSON.stringify(body),
    };
  }
}
