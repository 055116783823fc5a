import { setTimeout as pause } from "node:timers/promises";
import { BackendError } from "@rhapsody/core";
import type { LaunchListener } from "./launched-server.ts";
import type { ServerStart, StartedServer } from "./server-start.ts";
import { watchProgress } from "./watch-progress.ts";

/** Pause before the first restart, in milliseconds; doubled with each further one in a row. */
const PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/** A server that was ready for as long, in milliseconds, begins anew with restarts. */
const STEADY_MS = 60_000;

/** What a {@link LaunchedReplica} is made of. */
export interface ReplicaParts {
  readonly backend: string;
  readonly name: string;
  readonly maxRestarts: number;
  /** As of the options. */
  readonly hangTimeoutMs: number;
  /** Starts the server once. */
  readonly start: ServerStart;
  readonly listener: LaunchListener;
}

/** One place in a launcher: a server, and those that take its place when it dies. */
export class LaunchedReplica {
  /** Resolves when a server is ready for the first time; rejects when none will be. */
  readonly ready: Promise<void>;
  /** Resolves with the reason once no server will be started again; never rejects. */
  readonly over: Promise<string>;
  readonly #parts: ReplicaParts;
  readonly #closing = new AbortController();
  #server: StartedServer | undefined;

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
    const ready = Promise.withResolvers<void>();
    this.ready = ready.promise;
    // Whoever waits hears of it.
    this.ready.catch(() => undefined);
    this.over = this.#run(ready.resolve).catch((error: unknown) => {
      ready.reject(error);
      return error instanceof Error ? error.message : String(error);
    });
  }

  /** Ends the server, which gets the time to do so by itself. Idempotent. */
  async close(graceMs: number): Promise<void> {
    this.#closing.abort(new BackendError("BACKEND_CLOSED", { backend: this.#parts.backend, message: "was closed" }));
    const server = this.#server;
    if (server !== undefined) {
      if (graceMs > 0) {
        server.process.terminate();
        await Promise.race([server.process.ended, pause(graceMs, undefined, { ref: false })]);
      }
      await this.#end(server);
    }
    await this.over;
  }

  /** Resolves with why it gave up; rejects while no server has been ready. */
  async #run(onReady: () => void): Promise<string> {
    const { name, maxRestarts, listener } = this.#parts;
    let why = "";
    let wasReady = false;
    for (let failures = 0; ;) {
      try {
        const server = await this.#start();
        wasReady = true;
        onReady();
        const since = performance.now();
        why = await this.#watch(server);
        if (performance.now() - since >= STEADY_MS) failures = 0;
      } catch (error) {
        if (!wasReady) throw error;
        why = error instanceof Error ? error.message : String(error);
        if (!this.#closing.signal.aborted) listener.progress(why);
      }
      failures += 1;
      if (this.#closing.signal.aborted) return "it was closed";
      if (failures > maxRestarts) return why;
      const pauseMs = Math.min(LONGEST_PAUSE_MS, PAUSE_MS * 2 ** (failures - 1));
      listener.progress(`${name} is started again in ${pauseMs / 1000} s, for the ${ordinal(failures)} time in a row`);
      // Keeps this process alive, which may wait for the server: what is in line holds nothing open.
      await pause(pauseMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      if (this.#closing.signal.aborted) return "it was closed";
    }
  }

  async #start(): Promise<StartedServer> {
    const { start, name, listener } = this.#parts;
    const begin = performance.now();
    const server = await start(this.#closing.signal);
    this.#server = server;
    listener.progress(`${name} is ready after ${((performance.now() - begin) / 1000).toFixed(0)} s`);
    listener.ready(server.address);
    return server;
  }

  async #watch(server: StartedServer): Promise<string> {
    const why = server.explain(await this.#endOf(server));
    if (!this.#closing.signal.aborted) this.#parts.listener.down(this.#parts.name, why);
    await this.#end(server);
    this.#server = undefined;
    return why;
  }

  /** How a server ended, or that it hangs, in words. */
  async #endOf({ process, address }: StartedServer): Promise<string> {
    const { hangTimeoutMs } = this.#parts;
    if (hangTimeoutMs === 0) return process.ended;
    const ended = new AbortController();
    const hung = watchProgress(address, hangTimeoutMs, ended.signal);
    const how = await Promise.race([process.ended, hung.then((hangs) => (hangs ? undefined : process.ended))]);
    ended.abort();
    return how ?? `made no progress for ${hangTimeoutMs / 1000} s, and gave no answer for as long; it is killed`;
  }

  async #end(server: StartedServer): Promise<void> {
    if (await server.process.end()) return;
    const { name, listener } = this.#parts;
    listener.progress(
      `some processes of ${name} (group ${server.process.pid}) cannot be killed; the system ends them when the device or disk that they wait for answers`,
    );
  }
}

function ordinal(number: number): string {
  return ["first", "second", "third"][number - 1] ?? `${number}th`;
}
