import { spawn, type ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { constants } from "node:os";
import { within } from "../timing/within.ts";
import { killMarked, MARKER } from "./kill-marked.ts";
import type { SidecarCommand } from "./sidecar-command.ts";
import { StderrTail } from "./stderr-tail.ts";

const CHANNEL_FD = 3;
const LIFELINE_FD = 4;
/** Time for what was printed last to arrive once the guard is gone, in milliseconds. */
const LAST_WORDS_MS = 500;
/** Time for the guard to end the tree once the sidecar had its time to leave, in milliseconds. */
const GUARD_MS = 3_000;
/** Time for the guard's group to be gone after a kill, in milliseconds. */
const KILL_MS = 2_000;

/** What a {@link SidecarProcess} is made of. */
export interface SidecarProcessParts {
  readonly guard: readonly string[];
  readonly sidecar: SidecarCommand;
  /** Path of the opening's directory, which marks all its processes. */
  readonly scratch: string;
  /** Time for the sidecar to leave by itself once the lifeline is cut, in milliseconds. */
  readonly leaveMs: number;
  readonly onLine: (line: string) => void;
}

/** The guard, and through it the sidecar and all that this starts. */
export class SidecarProcess {
  /** Resolves with how it ended, in words, once it has; never rejects. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #stderr: StderrTail;
  readonly #leaveMs: number;
  /** Present when the guard was killed, until what it left behind is gone. */
  #cleanUp: Promise<void> | undefined;

  constructor({ guard, sidecar, scratch, leaveMs, onLine }: SidecarProcessParts) {
    this.#leaveMs = leaveMs;
    const [program = "", ...args] = [...guard, ...sidecar.argv];
    this.#stderr = new StderrTail(onLine);
    this.#child = spawn(program, args, {
      // A session of its own: a terminal's Ctrl-C reaches the host first, and the group is the guard's to be killed.
      detached: true,
      env: { ...sidecar.environment, [MARKER]: scratch },
      stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
    });
    this.ended = this.#watch(scratch);
    if (!this.started) return;
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => this.#stderr.push(text));
    // It says nothing, and its end is the process's.
    this.#child.stdio[LIFELINE_FD]?.on("error", () => undefined);
  }

  /** False when the system refused to start it; `ended` says why. */
  get started(): boolean {
    return this.#child.pid !== undefined;
  }

  /** The host's end of descriptor 3. */
  get channel(): Socket {
    const socket = this.#child.stdio[CHANNEL_FD];
    if (socket instanceof Socket) return socket;
    throw new Error("descriptor 3 of a child process is no socket");
  }

  /** What was printed last. */
  get lastWords(): string {
    return this.#stderr.text;
  }

  /** Whether the process keeps the host's event loop alive. */
  hold(held: boolean): void {
    const sockets = [this.#child.stderr, this.#child.stdio[LIFELINE_FD]].filter((part) => part instanceof Socket);
    for (const part of [this.#child, ...sockets]) {
      if (held) part.ref();
      else part.unref();
    }
  }

  /** Ends everything: cuts the lifeline, kills what does not end by that. Resolves when it is gone. */
  async end(): Promise<void> {
    if (!this.started) return;
    this.hold(true);
    this.#child.stdio[LIFELINE_FD]?.destroy();
    if ((await within(this.ended, this.#leaveMs + GUARD_MS)) !== "late") return;
    this.#killGroup();
    await within(this.ended, KILL_MS);
  }

  async #watch(marker: string): Promise<string> {
    const how = Promise.withResolvers<string>();
    const closed = Promise.withResolvers<void>();
    this.#child.once("error", ({ message }) => how.resolve(`could not be started: ${message}`));
    this.#child.once("exit", (code, signal) => {
      how.resolve(inWords(code, signal));
      if (signal !== null) this.#cleanUp = killMarked(marker);
    });
    this.#child.once("close", () => closed.resolve());
    const words = await how.promise;
    await this.#cleanUp;
    if (this.started) await within(closed.promise, LAST_WORDS_MS);
    // A child that the system had no descriptors for has no pipes.
    if (this.started) for (const part of this.#child.stdio) part?.destroy();
    return words;
  }

  #killGroup(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // None of the group is left.
    }
  }
}

function inWords(code: number | null, signal: string | null): string {
  // A guard tells of its sidecar's end as a shell does.
  const name = signal ?? (code !== null && code > 128 ? signalName(code - 128) : undefined);
  if (name === undefined) return `ended with exit code ${code}`;
  const why = name === "SIGKILL" ? ", perhaps by the system for lack of memory" : "";
  return `was killed by ${name}${why}`;
}

function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
