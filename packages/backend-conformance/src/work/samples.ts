import { taskContext, type TaskWork } from "@rhapsody/core";
import { untilFile } from "../observe/files.ts";
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
  // Functions run in processes that outlive them, so it cannot be seen whether they run.
  const unseen = (work: TaskWork): HeldWork => ({
    work,
    began: async () => void (await untilFile(file, settings.timeoutMs)),
    runs: () => false,
  });
  switch (kind) {
    case "executable":
      return heldProgram(trial);
    case "inline":
      return heldClosure(trial);
    case "module":
      return unseen(moduleCall("hold", file));
    case "python":
      return unseen(pythonScript(trial, "held.py", holdText(file)));
    case "prompt":
      return { work: ask(settings.prompts.long ?? {}), began: () => Promise.resolve(), runs: () => false };
  }
}

function heldProgram(trial: Trial): HeldWork {
  const file = trial.pidFile();
  return {
    work: program(trial.settings.shell, ["-c", `${TELL_PID}; exec sleep 600`, "sh", file.path]),
    began: () => file.written(),
    runs: () => file.alive,
  };
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
