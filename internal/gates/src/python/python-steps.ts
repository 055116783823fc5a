import { globSync } from "node:fs";
import { enginePython, GATE_ENVIRONMENTS } from "@rhapsody-internal/engines";
import { ROOT } from "../root.ts";
import { runCommand } from "../run/command.ts";
import { oneCheck, type Step } from "../run/step.ts";

/** Where Python is written. */
export const PYTHON_FOLDERS: readonly string[] = ["packages", "internal", "bench"];

/** Installs what the Python gates and the tests on engines need, unless it is there. */
export const enginesStep: Step = {
  name: "engines",
  run: async (log) => {
    for (const name of GATE_ENVIRONMENTS) await enginePython(name, { progress: log });
    return { tally: oneCheck(true), output: "" };
  },
};

/** Lints every Python file, and checks how it is formatted. */
export const pythonLintStep: Step = toolStep("python lint", () => [
  ["ruff", "check", ...PYTHON_FOLDERS],
  ["ruff", "format", "--check", "--diff", ...PYTHON_FOLDERS],
]);

/** Checks the types of the published Python packages. */
export const pythonTypesStep: Step = toolStep("python types", () => [
  ["mypy", ...globSync("packages/*/python/rhapsody_*", { cwd: ROOT }).toSorted()],
]);

/** A gate that passes when modules of the Python tools, run one after another, exit with 0. It counts as one check. */
function toolStep(name: string, commands: () => readonly (readonly string[])[]): Step {
  return {
    name,
    needs: [enginesStep.name],
    run: async () => {
      const python = await enginePython("python-tools");
      let output = "";
      let passed = true;
      for (const command of commands()) {
        const result = await runCommand([python, "-m", ...command]);
        output += `$ ${command.join(" ")}\n${result.output}`;
        passed &&= result.exitCode === 0;
      }
      return { tally: oneCheck(passed), output };
    },
  };
}
