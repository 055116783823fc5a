import { existsSync, readFileSync } from "node:fs";
import { taskContext, type TaskWork } from "@rhapsody/core";
import { untilFile } from "../observe/files.ts";
import { isAlive } from "../observe/processes.ts";
import type { WorkKind } from "../suite/conformance-options.ts";
import type { Settings } from "../suite/settings.ts";
import type { Trial } from "../trial/trial.ts";
import { moduleCall } from "./module-call.ts";
import { ask, call, program, TELL_PID } from "./program.ts";
import { holdText, pythonCall, pythonScript } from "./python-call.ts";

/** Work that runs until it is stopped. */
export interface HeldWork {
  readonly work: TaskWork;
  /** Resolves once it runs, as far as that can be seen. */
  began(): Promise<void>;
  /** True while it runs, as far as that can be seen. */
  runs(): boolean;
}

/** Work of a kind that ends well at once. */
export function smallWork(kind: WorkKind, settings: Settings): TaskWork {
  switch (kind) {
    case "executable":
      return program(settings.shell, ["-c", ":"]);
    case "inline":
      return call({ kind, call: (value) => value }, [1]);
    case "module":
      return moduleCall("echo", 1);
    case "python":
      return pythonCall("operator:add", 1, 1);
    case "prompt":
      return ask(settings.prompts.one?.work ?? {});
  }
}

/** Work of a kind that ends badly at once, if there is such. */
export function failingWork(kind: WorkKind, settings: Settings): TaskWork | undefined {
  switch (kind) {
    case "executable":
      return program(settings.shell, ["-c", "exit 3"]);
    case "inline":
      return call({ kind, call: () => Promise.reject(new RangeError("on purpose")) }, []);
    case "module":
      return moduleCall("fail", "on purpose");
    case "python":
      return pythonCall("operator:truediv", 1, 0);
    case "prompt":
      return settings.prompts.failing === undefined ? undefined : ask(settings.prompts.failing);
  }
}

/** Kinds of work for which there is work that runs until it is stopped. */
export function canHold(kind: WorkKind, settings: Settings): boolean {
  return kind !== "prompt" || settings.prompts.long !== undefined;
}

/** Work of a kind that runs until it is stopped, and can be stopped if any of its kind can. */
export function heldWork(kind: WorkKind, trial: Trial): HeldWork {
  const { settings } = trial;
  const file = trial.path("held");
  const writesPid = (work: TaskWork): HeldWork => ({
    work,
    began: async () => void (await untilFile(file, settings.timeoutMs)),
    // Functions run in processes that outlive them, so only a program's own process tells.
    runs: () => kind === "executable" && existsSync(file) && isAlive(Number(readFileSync(file, "utf8"))),
  });
  switch (kind) {
    case "executable":
      return writesPid(program(settings.shell, ["-c", `${TELL_PID}; exec sleep 600`, "sh", file]));
    case "inline":
      return heldClosure(trial);
    case "module":
      return writesPid(moduleCall("hold", file));
    case "python":
      return writesPid(pythonScript(trial, "held.py", holdText(file)));
    case "prompt":
      return { work: ask(settings.prompts.long ?? {}), began: () => Promise.resolve(), runs: () => false };
  }
}

/** A closure that ends only when its signal is aborted. */
function heldClosure(trial: Trial): HeldWork {
  const began = Promise.withResolvers<void>();
  let runs = false;
  const run = (): Promise<never> => {
    const { signal } = taskContext();
    runs = true;
    began.resolve();
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        runs = false;
        reject(new Error("stopped", { cause: signal.reason }));
      });
    });
  };
  return {
    work: call({ kind: "inline", call: run }, []),
    began: () => trial.within(began.promise, "the closure to be called"),
    runs: () => runs,
  };
}
