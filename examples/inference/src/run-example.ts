import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { sharedVllm } from "@rhapsody-internal/engines";

const execute = promisify(execFile);

/**
 * Runs one of the programs here to its end, as its script does; for their tests.
 *
 * @returns the lines that it printed.
 * @throws when it ended badly, or wrote anything to standard error.
 */
export async function runExample(file: string): Promise<readonly string[]> {
  const { url } = await sharedVllm();
  const env = { ...process.env, INFERENCE_SERVERS: url };
  const cwd = join(import.meta.dirname, "..");
  const { stdout, stderr } = await execute(process.execPath, [join(import.meta.dirname, file)], { cwd, env });
  if (stderr !== "") throw new Error(`${file} wrote to standard error:\n${stderr}`);
  return stdout.trimEnd().split("\n");
}
