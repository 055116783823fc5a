import { existsSync, readFileSync } from "node:fs";
import { untilFile } from "./files.ts";
import { isAlive } from "./processes.ts";

/** A file into which a program of a test writes its process id. */
export class PidFile {
  readonly path: string;
  readonly #timeoutMs: number;

  constructor(path: string, timeoutMs: number) {
    this.path = path;
    this.#timeoutMs = timeoutMs;
  }

  /** Resolves once the program has written it. */
  async written(): Promise<void> {
    await untilFile(this.path, this.#timeoutMs);
  }

  /** True while the process runs; false when it has ended, or was never there. */
  get alive(): boolean {
    return existsSync(this.path) && isAlive(this.#read());
  }

  /** Kills what a backend has left behind. */
  kill(): void {
    if (!this.alive) return;
    try {
      process.kill(this.#read(), "SIGKILL");
    } catch {
      // It has just ended.
    }
  }

  #read(): number {
    return Number(readFileSync(this.path, "utf8"));
  }
}
