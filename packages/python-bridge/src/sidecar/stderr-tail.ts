/** How much of what was printed is kept for error messages, in characters. */
const TAIL_CHARACTERS = 4_000;

/** Cuts what a process prints into lines, and keeps the last of them. */
export class StderrTail {
  readonly #line: (line: string) => void;
  #tail = "";
  #rest = "";

  /** @param line - Called with each full line. */
  constructor(line: (line: string) => void) {
    this.#line = line;
  }

  /** The last lines, without space around them. */
  get text(): string {
    return this.#tail.trim();
  }

  push(text: string): void {
    this.#tail = (this.#tail + text).slice(-TAIL_CHARACTERS);
    const lines = (this.#rest + text).split("\n");
    // A program that never ends its line is cut, not kept.
    this.#rest = (lines.pop() ?? "").slice(-TAIL_CHARACTERS);
    for (const line of lines) if (line.trim() !== "") this.#line(line.trimEnd());
  }
}
