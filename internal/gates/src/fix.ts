import { fixReferences } from "./references/references.ts";
import { runCommand } from "./run/command.ts";

/** Repairs what can be repaired by a program; resolves to the exit code. What remains needs a person. */
export async function fix(): Promise<number> {
  fixReferences();
  let exitCode = 0;
  for (const command of [["oxlint", "--fix"], ["oxfmt"], ["sherif", "--fix"]]) {
    const result = await runCommand(command);
    if (result.exitCode !== 0) console.error(result.output);
    exitCode ||= result.exitCode;
  }
  return exitCode;
}
