import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A program of this directory that runs as a process of its own, at most as long as its test. */
export class Host {
  readonly #process: ChildProcess;
  #lines: string[] = [];
  #rest = "";

  constructor(file: string, ...args: string[]) {
    const path = fileURLToPath(new URL(file, import.meta.url));
    this.#process = spawn(process.execPath, [path, ...args], { stdio: ["pipe", "pipe", "inherit"] });
    this.#process.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (this.#rest + text).split("\n");
      this.#rest = lines.pop() ?? "";
      this.#lines.push(...lines);
    });
    onTestFinished(() => void this.#process.kill("SIGKILL"));
  }

  /** All whole lines that it has printed. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Resolves once it has printed so many lines. */
  async printed(count: number): Promise<void> {
    while (this.#lines.length < count) await once(this.#process.stdout!, "data");
  }

  /** Kills it and resolves once everything that it printed was read. */
  async kill(): Promise<void> {
    const closed = once(this.#process, "close");
    this.#process.kill("SIGKILL");
    await closed;
  }
}
