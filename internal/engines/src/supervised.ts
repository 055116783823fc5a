import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { program } from "./paths.ts";

/** A program to run, and how. */
export interface SupervisedCommand {
  /** Python that runs the supervisor; it has psutil. */
  readonly python: string;
  readonly command: readonly string[];
  readonly cwd: string;
  /** Variables over those of this process. @defaultValue none */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** Seconds that it may take to end once it is asked to. */
  readonly graceSeconds: number;
}

/**
 * A program with all that it starts: nothing of them outlives {@link Supervised.stop}, nor this process, however it ends.
 */
export class Supervised {
  /** The program's own process, not its supervisor's. */
  readonly pid: number;
  /** Resolves once the program and all that it started are gone. */
  readonly ended: Promise<void>;
  readonly #supervisor: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: readonly string[];
  readonly #watchers: Set<() => void>;

  static async start({ python, command, cwd, environment, graceSeconds }: SupervisedCommand): Promise<Supervised> {
    const args = [program("supervise.py"), String(graceSeconds), ...command];
    const supervisor = spawn(python, args, {
      cwd,
      env: { ...process.env, ...environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
    // A supervisor that is gone needs no word of ours.
    supervisor.stdin.on("error", () => {});
    const lines: string[] = [];
    const watchers = new Set<() => void>();
    createInterface(supervisor.stderr).on("line", (line) => {
      lines.push(line);
      for (const watcher of watchers) watcher();
    });
    const ended = once(supervisor, "close").then(() => {
      for (const watcher of watchers) watcher();
    });
    const [first] = await Promise.race([once(supervisor.stdout, "data"), ended.then(() => [undefined])]);
    const pid = /^pid (\d+)/.exec(String(first))?.[1];
    if (pid === undefined) throw new Error(`${command.join(" ")} cannot be started:\n${lines.join("\n")}`);
    return new Supervised(Number(pid), ended, { supervisor, lines, watchers });
  }

  private constructor(
    pid: number,
    ended: Promise<void>,
    parts: {
      readonly supervisor: ChildProcessByStdio<Writable, Readable, Readable>;
      readonly lines: readonly string[];
      readonly watchers: Set<() => void>;
    },
  ) {
    this.pid = pid;
    this.ended = ended;
    this.#supervisor = parts.supervisor;
    this.#lines = parts.lines;
    this.#watchers = parts.watchers;
  }

  /** All that the program has printed, standard error and standard output. */
  get output(): string {
    return this.#lines.join("\n");
  }

  /**
   * Waits for a line that the program prints, or has printed.
   *
   * @throws Error with its output when it ends without it.
   */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    const found = new Promise<RegExpExecArray | undefined>((resolve) => {
      const look = (): void => {
        const match = pattern.exec(this.output);
        if (match === null && this.#supervisor.exitCode === null) return;
        this.#watchers.delete(look);
        resolve(match ?? undefined);
      };
      this.#watchers.add(look);
      look();
    });
    const match = await found;
    if (match === undefined) throw new Error(`the program ended before it printed ${String(pattern)}:\n${this.output}`);
    return match;
  }

  /** Ends the program and all that it started. Idempotent. */
  async stop(): Promise<void> {
    this.#supervisor.stdin.end();
    await this.ended;
  }
}
