import type { BackendContext, BackendHandle, TaskAttempt } from "@rhapsody/core";
import { changed, changeHandle, apartFromPrograms, type Fault } from "./fault.ts";

export const closeFaults: readonly Fault[] = [
  {
    what: "reports what close stopped as failed",
    kinds: ["inline", "executable", "prompt"],
    topics: apartFromPrograms,
    breaks: reportingAtClose("before"),
    fails: [
      "submit/attempts",
      "submit/duplicate",
      "submit/after-refusal",
      "states/order",
      "cancel/ended",
      "cancel/queued",
      "cancel/running",
      "close/running",
      "volume",
    ],
  },
  {
    what: "reports after close what it stopped",
    kinds: ["inline"],
    breaks: reportingAtClose("after"),
    fails: [
      "submit/duplicate/inline",
      "states/order/inline",
      "cancel/queued/inline",
      "cancel/running/inline",
      "close/running/inline",
      "close/detached/inline",
      "volume",
    ],
  },
  {
    what: "never finishes closing",
    timeoutMs: 1000,
    kinds: ["inline", "prompt"],
    topics: ["life-cycle/nothing-to-do", "session/close", "session/drain"],
    breaks: changeHandle((handle) => ({
      close: async (graceMs) => {
        await handle.close(graceMs);
        await new Promise(() => {});
      },
    })),
    fails: ["life-cycle/nothing-to-do", "session/close", "session/drain"],
  },
  {
    what: "closes in the background",
    kinds: ["inline", "executable"],
    topics: ["life-cycle", "cancel", "cancel-programs", "close"],
    breaks: changeHandle((handle) => ({
      close: async () => {
        setTimeout(() => void handle.close(0), 200);
      },
    })),
    fails: [
      "life-cycle/open-again",
      "life-cycle/given-up",
      "life-cycle/old-handle",
      "life-cycle/submit-after-close",
      "close/running",
      "close/detached/inline",
      "close/tree",
      "close/grace",
      "close/grace-over",
    ],
  },
  {
    what: "never settles a submit that close overtakes",
    timeoutMs: 1000,
    kinds: ["inline"],
    breaks: changeHandle((handle) => {
      let closed = false;
      return {
        submit: async (tasks) => {
          await Promise.resolve();
          if (closed) await new Promise(() => {});
          await handle.submit(tasks);
        },
        close: (graceMs) => {
          closed = true;
          return handle.close(graceMs);
        },
      };
    }),
    fails: ["life-cycle/old-handle", "life-cycle/submit-after-close", "close/during-submit"],
  },
  {
    what: "waits for closures before it closes",
    timeoutMs: 1000,
    kinds: ["inline"],
    breaks: waitingForClosures,
    fails: ["close/detached/inline"],
  },
  {
    what: "takes every grace for a long one",
    timeoutMs: 3000,
    kinds: ["executable"],
    topics: ["close"],
    breaks: changeHandle((handle) => ({ close: () => handle.close(60_000) })),
    fails: ["close/grace-over"],
  },
];

function reportingAtClose(when: "before" | "after"): Fault["breaks"] {
  return changeHandle((handle: BackendHandle, context: BackendContext) => {
    const taken: TaskAttempt[] = [];
    const tell = (): void => {
      for (const { uid, attempt, epoch } of taken) {
        context.report([
          { uid, attempt, epoch, state: "FAILED", failure: { code: "TASK_SIGNALED", message: "killed" } },
        ]);
      }
      taken.length = 0;
    };
    return {
      submit: async (tasks) => {
        await handle.submit(tasks);
        taken.push(...tasks);
      },
      close: async (graceMs) => {
        if (when === "before") tell();
        await handle.close(graceMs);
        setImmediate(tell);
      },
    };
  });
}

function waitingForClosures(backend: Parameters<Fault["breaks"]>[0]): ReturnType<Fault["breaks"]> {
  const calls = new Set<Promise<unknown>>();
  return changeHandle((handle) => ({
    submit: (tasks) =>
      handle.submit(
        tasks.map((spec) => {
          if (spec.work.kind !== "function" || spec.work.function.kind !== "inline") return spec;
          const { call } = spec.work.function;
          const tracked = async (...args: unknown[]): Promise<unknown> => {
            const result = Promise.resolve(call(...args));
            calls.add(result);
            return result;
          };
          return { ...spec, work: { ...spec.work, function: { kind: "inline", call: tracked } } };
        }),
      ),
    close: async (graceMs) => {
      await Promise.all([handle.close(graceMs), Promise.allSettled(calls)]);
    },
  }))(changed(backend, {}));
}
