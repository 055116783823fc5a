import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * Runs one of the programs here to its end; for their tests.
 *
 * @returns the lines that it printed.
 * @throws when it ended badly, or wrote anything to standard error.
 */
export async function runExample(file: string, nodeOptions: readonly string[] = []): Promise<readonly string[]> {
  const { stdout, stderr } = await execute(process.execPath, [...nodeOptions, join(import.meta.dirname, file)]);
  if (stderr !== "") throw new Error(`${file} wrote to standard error:\n${stderr}`);
  return stdout.trimEnd().split("\n");
}
