import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { temporaryDirectory } from "./session.ts";

/**
 * A named pipe that tells, without looking again and again, when a whole family of processes is dead: it ends with the last one that
 * has its writing end.
 */
export class Lifeline {
  readonly path: string = join(temporaryDirectory(), "pipe");
  /** Resolves when no holder is alive. */
  readonly broken: Promise<void>;
  readonly #lines: string[] = [];
  #heard: () => void = () => undefined;

  constructor() {
    execFileSync("mkfifo", [this.path]);
    const reader = createInterface({ input: createReadStream(this.path) });
    reader.on("line", (line) => {
      this.#lines.push(line);
      this.#heard();
    });
    this.broken = new Promise((resolve) => reader.once("close", resolve));
  }

  /** Arguments of `sh` for a tree of processes that hold the lifeline, say a word, and do not heed SIGTERM. */
  get tree(): readonly string[] {
    const daemon = "(setsid sh -c 'echo daemon >&9; exec sleep 600' &)";
    return ["-c", `exec 9> '${this.path}'; trap '' TERM; ${daemon}; echo root >&9; while :; do sleep 600; done`];
  }

  /** Waits until this many lines were heard. */
  async heard(count: number): Promise<readonly string[]> {
    while (this.#lines.length < count) await new Promise<void>((resolve) => (this.#heard = resolve));
    return this.#lines;
  }
}
