import { runInTaskContext, taskContext } from "@rhapsody/core";
import { changed, changeSpecs, changeUpdates, type Fault } from "./fault.ts";

export const functionFaults: readonly Fault[] = [
  {
    what: "sends results as JSON",
    kinds: ["inline"],
    breaks: changeUpdates((update) =>
      update.state === "DONE" ? [{ ...update, returnValue: viaJson(update.returnValue) }] : [update],
    ),
    fails: ["function-values/bytes/inline", "function-values/rich/inline", "function-values/arguments/inline"],
  },
  {
    what: "sends results as text of limited length",
    kinds: ["inline"],
    breaks: changeUpdates((update) =>
      update.state === "DONE" ? [{ ...update, returnValue: shortText(update.returnValue) }] : [update],
    ),
    fails: ["function-values", "function-context/task/inline"],
  },
  {
    what: "hands over arguments in the wrong order",
    kinds: ["inline"],
    breaks: changeSpecs((spec) =>
      spec.work.kind === "function" ? { ...spec, work: { ...spec.work, args: spec.work.args.toReversed() } } : spec,
    ),
    fails: ["function-values/arguments/inline"],
  },
  {
    what: "keeps what a function threw to itself",
    kinds: ["inline"],
    breaks: changeUpdates((update) =>
      update.state === "FAILED"
        ? [{ ...update, failure: { code: update.failure.code, message: "it failed" } }]
        : [update],
    ),
    fails: ["function-failures"],
  },
  {
    what: "keeps what happened to a function to itself (workers)",
    kinds: ["module", "python"],
    topics: ["states", "function-failures"],
    breaks: changeUpdates((update) =>
      update.state === "FAILED"
        ? [{ ...update, failure: { code: "TASK_FUNCTION_THREW", message: "it failed" } }]
        : [update],
    ),
    fails: ["function-failures"],
  },
  {
    what: "tells functions the wrong session",
    kinds: ["inline", "module"],
    topics: ["states", "function-context"],
    breaks: (backend) =>
      changed(backend, {
        open: (context: Parameters<typeof backend.open>[0]) => backend.open({ ...context, sessionUid: "another" }),
      }),
    fails: ["function-context"],
  },
  {
    what: "gives closures a signal that is never aborted",
    timeoutMs: 1000,
    kinds: ["inline"],
    breaks: changeSpecs((spec) => {
      if (spec.work.kind !== "function" || spec.work.function.kind !== "inline") return spec;
      const { call } = spec.work.function;
      const deaf = (...args: unknown[]): unknown =>
        runInTaskContext({ ...taskContext(), signal: new AbortController().signal }, () => call(...args));
      return { ...spec, work: { ...spec.work, function: { kind: "inline", call: deaf } } };
    }),
    fails: ["cancel-functions/signal/inline", "close/running/inline"],
  },
];

function viaJson(value: unknown): unknown {
  const text = JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? Number(item) : item)) as
    | string
    | undefined;
  return text === undefined ? null : JSON.parse(text);
}

function shortText(value: unknown): string {
  return String(value).slice(0, 1000);
}
