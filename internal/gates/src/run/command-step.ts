import { runCommand } from "./command.ts";
import { oneCheck, type Step } from "./step.ts";

/** A gate that passes when a command exits with 0. It counts as one check. */
export function commandStep(name: string, command: readonly string[], needs: readonly string[] = []): Step {
  return {
    name,
    needs,
    run: async () => {
      const { exitCode, output } = await runCommand(command);
      return { tally: oneCheck(exitCode === 0), output: `$ ${command.join(" ")}\n${output}` };
    },
  };
}

/** A gate written here: passes when `findProblems` finds none. It counts as one check. */
export function problemStep(name: string, findProblems: () => Promise<readonly string[]> | readonly string[]): Step {
  return {
    name,
    run: async () => {
      const problems = await findProblems();
      return { tally: oneCheck(problems.length === 0), output: problems.join("\n") };
    },
  };
}
