import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import type { CommandLine } from "../helper/command-line.ts";
import { TailBuffer } from "../helper/tail-buffer.ts";
import type { ProcessExit } from "../launcher-event.ts";
import type { OutputTarget } from "../process-request.ts";
import type { ResolvedRequest } from "../protocol/message.ts";

/** How long to wait for the end of the output of a task that is gone, should somebody else hold the pipe. */
const OUTPUT_END_MS = 1000;

/** The first process of a task, started by Node. */
export class PortableProcess {
  readonly id: number;
  readonly startedAt: number = Date.now();
  /** Functions to call when the task is gone. */
  readonly onGone: (() => void)[] = [];
  /** When to kill what is left, once somebody asked for the end, in milliseconds of `performance.now()`. */
  killAt: number | undefined;

  readonly #child: ChildProcess;
  readonly #stdout: TailBuffer | undefined;
  readonly #stderr: TailBuffer | undefined;
  #closed = false;

  /** @throws Error with the system's error code when an output file cannot be opened, or nothing is left to spawn with. */
  constructor(request: ResolvedRequest, command: CommandLine, environment: Readonly<Record<string, string>>) {
    this.id = request.id;
    const files = new Map<string, number>();
    const stdio = (target: OutputTarget): "pipe" | "ignore" | number => {
      if (target.kind !== "file") return target.kind === "memory" ? "pipe" : "ignore";
      const path = resolve(request.workingDirectory, target.path);
      const fd = files.get(path) ?? openSync(path, "w");
      files.set(path, fd);
      return fd;
    };
    try {
      const [argv0 = "", ...words] = command.argv;
      this.#child = spawn(command.program, words, {
        argv0,
        cwd: request.workingDirectory,
        env: environment,
        detached: true,
        stdio: [request.stdin === undefined ? "ignore" : "pipe", stdio(request.stdout), stdio(request.stderr)],
      });
    } finally {
      for (const fd of files.values()) closeSync(fd);
    }
    this.#child.once("close", () => (this.#closed = true));
    this.#stdout = keepTail(this.#child.stdout, request.stdout);
    this.#stderr = keepTail(this.#child.stderr, request.stderr);
    // EPIPE: the process does not read its input, which is its own affair.
    this.#child.stdin?.on("error", () => undefined).end(request.stdin);
  }

  /** Process id; `undefined` when the process did not come to be: then an error follows. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Calls one of the two, once. */
  onEnd(ended: () => void, failed: (error: NodeJS.ErrnoException) => void): void {
    if (this.#child.pid === undefined) this.#child.once("error", failed);
    else this.#child.on("error", () => undefined).once("exit", ended);
  }

  /** How it went, once the output has ended. To be called when the process has ended. */
  async outcome(): Promise<ProcessExit> {
    if (!this.#closed) {
      const timer = setTimeout(() => {
        this.#child.stdout?.destroy();
        this.#child.stderr?.destroy();
      }, OUTPUT_END_MS);
      await new Promise((resolve) => this.#child.once("close", resolve));
      clearTimeout(timer);
    }
    return {
      type: "exited",
      id: this.id,
      pid: this.#child.pid ?? 0,
      exitCode: this.#child.exitCode,
      signal: this.#child.signalCode,
      ...(this.#stdout === undefined ? {} : { stdout: this.#stdout.captured() }),
      ...(this.#stderr === undefined ? {} : { stderr: this.#stderr.captured() }),
      startedAt: this.startedAt,
      finishedAt: Date.now(),
    };
  }
}

/** `stream` is undefined, whatever its type says, when no descriptor was left to make its pipe of. */
function keepTail(stream: Readable | null | undefined, target: OutputTarget): TailBuffer | undefined {
  if (stream == null || target.kind !== "memory") return undefined;
  const tail = new TailBuffer(target.maxBytes);
  stream.on("data", (chunk: Uint8Array) => tail.push(chunk));
  stream.on("error", () => undefined);
  return tail;
}
