import { writeFileSync } from "node:fs";
import type { TaskWork } from "@rhapsody/core";
import type { Trial } from "../trial/trial.ts";
import { call } from "./program.ts";

/** Calls a function of Python's standard library, which every engine has, so that nothing needs to be installed beside it. */
export function pythonCall(reference: string, ...args: readonly unknown[]): TaskWork {
  const [module = "", name = ""] = reference.split(":");
  return call({ kind: "python", module, name }, args);
}

/** Runs Python text, written into the trial's directory. Its value cannot be sent back. */
export function pythonScript(trial: Trial, name: string, text: string): TaskWork {
  const path = trial.path(name);
  writeFileSync(path, text);
  return pythonCall("runpy:run_path", path);
}

/** Python text that writes its process id into a file in one step, then sleeps for ten minutes. */
export function holdText(path: string): string {
  const literal = JSON.stringify(path);
  return `import os, time
with open(${literal} + ".part", "w") as file:
    file.write(str(os.getpid()))
os.rename(${literal} + ".part", ${literal})
time.sleep(600)
`;
}
