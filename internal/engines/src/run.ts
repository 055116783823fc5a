import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * Runs a program to its end and gives its standard output.
 *
 * @throws Error with all that it printed, when it cannot be started or ends with another exit code than 0.
 */
export async function run(program: string, args: readonly string[], options: { cwd?: string } = {}): Promise<string> {
  try {
    const { stdout } = await execute(program, args, { ...options, maxBuffer: 64 * 2 ** 20 });
    return stdout;
  } catch (cause) {
    // What execFile rejects with.
    const { message, stdout = "", stderr = "" } = cause as Error & { stdout?: string; stderr?: string };
    const [first = ""] = message.split("\n");
    throw new Error([first, stdout.trim(), stderr.trim()].filter((text) => text !== "").join("\n"), { cause });
  }
}
