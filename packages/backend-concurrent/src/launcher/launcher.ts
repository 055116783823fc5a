import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { RhapsodyError } from "@rhapsody/core";
import { HelperConnection } from "./helper-connection.ts";
import type { LauncherEvent } from "./launcher-event.ts";
import { killLeftovers } from "./leftovers.ts";
import type { ProcessRequest } from "./process-request.ts";
import { MARKER_VARIABLE, type EngineChoice, type EngineKind, type HelperMessage } from "./protocol/message.ts";

/** How much longer than the grace an orderly end may take, before the helper is taken for stuck. */
const CLOSE_MARGIN_MS = 10_000;

/** How to open a {@link Launcher}. */
export interface LauncherOptions {
  /** Takes news of processes, in batches and in order. Must not throw. */
  readonly onEvents: (events: readonly LauncherEvent[]) => void;
  /** Called once when the helper process died, after all processes that it had started were killed. Nothing is reported afterwards. */
  readonly onLost: (error: RhapsodyError) => void;
  /** How programs are started. @defaultValue `"auto"`: by system calls where that works, else through `node:child_process` */
  readonly engine?: EngineChoice | undefined;
}

/**
 * Starts programs for one backend, through one helper process that is the parent of them all.
 *
 * The helper keeps the host's event loop free, its number of descriptors constant, and ends every program when the host dies. All that a program
 * started ends with it, also what left its process group.
 */
export interface Launcher {
  /** The engine in use. */
  readonly engine: EngineKind;
  /** Why the portable engine is in use; absent with the native one. */
  readonly engineReason: string | undefined;
  /** Process id of the helper. */
  readonly pid: number;
  /**
   * Starts programs at once, in order; how many run at a time is the caller's business. Never throws: what cannot be started is reported as `failed`.
   * After `close` or the loss of the helper it does nothing.
   */
  start(requests: readonly ProcessRequest[]): void;
  /**
   * Ends process trees: TERM, then KILL after `graceMs` milliseconds (at once when 0). Resolves when nothing of them is alive, after their
   * last event; at once for ids that are unknown or have ended. A second call may shorten the grace.
   */
  kill(ids: readonly number[], graceMs: number): Promise<void>;
  /** Ends all programs as `kill` does, then the helper. Resolves when it is gone. Idempotent; a second call may shorten the grace. */
  close(graceMs: number): Promise<void>;
}

/**
 * Starts a helper process and resolves when it is ready, in about 50 ms.
 *
 * The programs' environment is the host's as of now.
 *
 * @throws {@link RhapsodyError} `LAUNCHER_UNAVAILABLE` when the helper cannot run here, `LAUNCHER_LOST` when it was killed before it was ready.
 */
export async function openLauncher(options: LauncherOptions): Promise<Launcher> {
  if (process.platform === "win32") {
    const message = "[launcher] programs run on Linux and macOS; on Windows use the Windows Subsystem for Linux";
    throw new RhapsodyError("LAUNCHER_UNAVAILABLE", message);
  }
  const launcher = new HelperLauncher(options);
  await launcher.ready;
  return launcher;
}

class HelperLauncher implements Launcher {
  engine: EngineKind = "native";
  engineReason: string | undefined;

  readonly #options: LauncherOptions;
  readonly #marker: string;
  readonly #helper: HelperConnection;
  readonly #ready = Promise.withResolvers<void>();
  readonly #gone = Promise.withResolvers<void>();
  readonly #kills = new Map<number, () => void>();
  #state: "opening" | "open" | "closing" | "gone" = "opening";
  #lastCall = 0;
  /** Programs that were not heard the last of, and keep the host alive. */
  #unsettled = 0;
  readonly #background = new Set<number>();

  constructor(options: LauncherOptions) {
    this.#options = options;
    // Inside a task of another launcher its mark goes first, so that it finds all of this one's processes too.
    const outer = process.env[MARKER_VARIABLE];
    this.#marker = outer === undefined ? randomUUID() : `${outer}/${randomUUID()}`;
    this.#helper = new HelperConnection(options.engine ?? "auto", {
      receive: (message) => this.#receive(message),
      ended: (how, killed) => void this.#ended(how, killed),
    });
    const environment = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""]));
    this.#helper.send({ type: "open", marker: this.#marker, environment });
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get pid(): number {
    return this.#helper.pid;
  }

  start(requests: readonly ProcessRequest[]): void {
    if (this.#state !== "open") return;
    for (const { id, background } of requests) {
      if (background === true) this.#background.add(id);
      else this.#unsettled += 1;
    }
    const resolved = requests.map((request) => ({
      ...request,
      workingDirectory: resolve(request.workingDirectory ?? "."),
    }));
    this.#helper.send({ type: "start", requests: resolved });
    this.#hold();
  }

  async kill(ids: readonly number[], graceMs: number): Promise<void> {
    if (this.#state === "gone" || ids.length === 0) return;
    this.#lastCall += 1;
    const { promise, resolve: done } = Promise.withResolvers<void>();
    this.#kills.set(this.#lastCall, done);
    this.#helper.send({ type: "kill", call: this.#lastCall, ids, graceMs });
    this.#hold();
    await promise;
  }

  async close(graceMs: number): Promise<void> {
    if (this.#state === "gone") return this.#gone.promise;
    this.#state = "closing";
    this.#helper.send({ type: "close", graceMs });
    this.#hold();
    const stuck = setTimeout(() => this.#helper.kill(), graceMs + CLOSE_MARGIN_MS);
    await this.#gone.promise;
    clearTimeout(stuck);
  }

  #receive(message: HelperMessage): void {
    switch (message.type) {
      case "ready":
        this.engine = message.engine;
        this.engineReason = message.reason;
        this.#state = "open";
        this.#ready.resolve();
        break;
      case "events":
        for (const { type, id } of message.events) {
          if (type !== "started" && !this.#background.delete(id)) this.#unsettled -= 1;
        }
        this.#options.onEvents(message.events);
        break;
      case "killed":
        this.#kills.get(message.call)?.();
        this.#kills.delete(message.call);
        break;
    }
    this.#hold();
  }

  /** An idle launcher does not keep the host alive. */
  #hold(): void {
    const busy = this.#unsettled > 0 || this.#kills.size > 0;
    this.#helper.hold(busy || this.#state === "opening" || this.#state === "closing");
  }

  async #ended(how: string | undefined, killed: boolean): Promise<void> {
    const before = this.#state;
    if (before === "gone") return;
    this.#state = "gone";
    const message = `[launcher] the helper process ${how ?? "ended on its own"}`;
    const lost = before === "open";
    const code = killed ? "LAUNCHER_LOST" : "LAUNCHER_UNAVAILABLE";
    if (before === "opening") this.#ready.reject(new RhapsodyError(code, message));
    // The portable engine may have missed a process that it looked at in the middle of exec.
    const survivors = lost || how !== undefined || this.engine === "portable" ? await killLeftovers(this.#marker) : [];
    for (const done of this.#kills.values()) done();
    this.#kills.clear();
    this.#gone.resolve();
    const rest = survivors.length === 0 ? "" : `; these processes could not be killed: ${survivors.join(", ")}`;
    if (lost) this.#options.onLost(new RhapsodyError("LAUNCHER_LOST", message + rest));
  }
}
