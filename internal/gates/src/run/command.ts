import { type ChildProcess, spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { ROOT } from "../root.ts";

const LIMIT_MS = 30 * 60_000;

/** What a finished command leaves behind. */
export interface CommandResult {
  /** `1` as well when it was killed. */
  readonly exitCode: number;
  /** Standard output and standard error, in the order in which they came. */
  readonly output: string;
}

/** Where and how long a command runs. */
export interface CommandOptions {
  /** @defaultValue the repository */
  readonly cwd?: string;
  /** After this time all of its processes are killed, so that a gate that hangs fails. @defaultValue 30 minutes */
  readonly limitMs?: number;
  /** Variables over those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs a program of the workspace (its `node_modules/.bin` comes first in PATH) in a process group of its own, and
 * collects what it prints.
 */
export function runCommand(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const { cwd = ROOT, limitMs = LIMIT_MS } = options;
  const [program = "", ...args] = command;
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: [join(ROOT, "node_modules", ".bin"), process.env["PATH"]].join(delimiter),
    TURBO_TELEMETRY_DISABLED: "1",
    ...options.env,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => {
      chunks.push(Buffer.from(`\nstopped: it took longer than ${limitMs / 1000} s\n`));
      killGroup(child);
    }, limitMs);
    const onExit = (): void => killGroup(child);
    process.once("exit", onExit);
    const release = (): void => {
      clearTimeout(timer);
      process.off("exit", onExit);
    };
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.once("error", (error) => {
      release();
      reject(error);
    });
    child.once("close", (code) => {
      release();
      resolve({ exitCode: code ?? 1, output: Buffer.concat(chunks).toString() });
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // ESRCH: all of the group ended by itself a moment ago.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
