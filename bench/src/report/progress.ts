import { clearLine, cursorTo } from "node:readline";

/** One line on standard error that says what is going on; nothing when that is no terminal. */
export class Progress {
  readonly #stream = process.stderr;

  show(text: string): void {
    if (!this.#stream.isTTY) return;
    this.clear();
    this.#stream.write(text);
  }

  clear(): void {
    if (!this.#stream.isTTY) return;
    clearLine(this.#stream, 0);
    cursorTo(this.#stream, 0);
  }
}
