import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/**
 * A named pipe that tells, without looking again and again, when a whole family of processes is dead.
 *
 * A script that begins with {@link Lifeline.hold} hands the writing end down to all that it starts; the pipe ends with the last of them.
 */
export class Lifeline implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "rhapsody-lifeline-"));
  readonly path: string = join(this.#directory, "pipe");
  /** Resolves when no holder is alive. */
  readonly broken: Promise<void>;
  readonly lines: string[] = [];
  #heard: () => void = () => undefined;

  constructor() {
    execFileSync("mkfifo", [this.path]);
    const reader = createInterface({ input: createReadStream(this.path) });
    reader.on("line", (line) => {
      this.lines.push(line);
      this.#heard();
    });
    this.broken = new Promise((resolve) => reader.once("close", resolve));
  }

  /** Shell code that takes hold of the lifeline as descriptor 9; `echo word >&9` then speaks to the test. */
  get hold(): string {
    return `exec 9> '${this.path}'`;
  }

  /** Waits until this many lines were heard. */
  async heard(count: number): Promise<readonly string[]> {
    while (this.lines.length < count) await new Promise<void>((resolve) => (this.#heard = resolve));
    return this.lines;
  }

  /** Waits until each of these lines was heard, in whatever order. */
  async heardAll(...lines: readonly string[]): Promise<void> {
    while (!lines.every((line) => this.lines.includes(line))) await this.heard(this.lines.length + 1);
  }

  [Symbol.dispose](): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
