import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { ROOT } from "../root.ts";

/** What a finished command leaves behind. */
export interface CommandResult {
  readonly exitCode: number;
  /** Standard output and standard error, in the order in which they came. */
  readonly output: string;
}

/** Runs a program of the workspace (its `node_modules/.bin` comes first in PATH) and collects what it prints. */
export function runCommand(command: readonly string[], cwd: string = ROOT): Promise<CommandResult> {
  const [program = "", ...args] = command;
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: [join(ROOT, "node_modules", ".bin"), process.env["PATH"]].join(delimiter),
    TURBO_TELEMETRY_DISABLED: "1",
  };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: environment, stdio: ["ignore", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.once("error", reject);
    child.once("close", (code) => resolve({ exitCode: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}
