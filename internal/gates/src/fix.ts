import { enginePython } from "@rhapsody-internal/engines";
import { PYTHON_FOLDERS } from "./python/python-steps.ts";
import { fixReferences } from "./references/references.ts";
import { runCommand } from "./run/command.ts";

/** Repairs what can be repaired by a program; resolves to the exit code. What remains needs a person. */
export async function fix(): Promise<number> {
  fixReferences();
  const ruff = [await enginePython("python-tools"), "-m", "ruff"];
  const commands = [
    ["oxlint", "--fix"],
    ["oxfmt"],
    ["sherif", "--fix"],
    [...ruff, "check", "--fix", ...PYTHON_FOLDERS],
    [...ruff, "format", ...PYTHON_FOLDERS],
  ];
  let exitCode = 0;
  for (const command of commands) {
    const result = await runCommand(command);
    if (result.exitCode !== 0) console.error(result.output);
    exitCode ||= result.exitCode;
  }
  return exitCode;
}
