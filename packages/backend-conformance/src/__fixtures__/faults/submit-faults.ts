import { BackendError, type TaskSpec } from "@rhapsody/core";
import { changeHandle, changeUpdates, type Fault } from "./fault.ts";

export const submitFaults: readonly Fault[] = [
  {
    what: "refuses an empty batch",
    kinds: ["inline"],
    breaks: changeHandle((handle) => ({
      submit: (tasks) => (tasks.length === 0 ? Promise.reject(refusal("empty")) : handle.submit(tasks)),
    })),
    fails: ["submit/empty"],
  },
  {
    what: "takes every attempt for the first",
    timeoutMs: 1000,
    kinds: ["inline"],
    topics: ["submit", "function-context"],
    breaks: changeUpdates((update) => [{ ...update, attempt: 1 }]),
    fails: ["submit/attempts", "submit/next-attempt", "function-context"],
  },
  {
    what: "refuses a uid that it has seen before",
    kinds: ["inline"],
    breaks: changeHandle((handle) => {
      const seen = new Set<string>();
      return {
        submit: async (tasks) => {
          for (const { uid } of tasks) {
            if (seen.has(uid)) throw refusal(`${uid} was here before`);
            seen.add(uid);
          }
          await handle.submit(tasks);
        },
      };
    }),
    fails: ["submit/attempts", "submit/next-attempt", "submit/after-refusal", "cancel/other-attempt/inline"],
  },
  {
    what: "runs an attempt as often as it is handed over",
    kinds: ["inline", "executable"],
    topics: ["submit", "states"],
    breaks: (backend) => {
      const copies = new Map<string, string>();
      let count = 0;
      const copy = (spec: TaskSpec): TaskSpec => {
        const uid = `copy.${(count += 1)}`;
        copies.set(uid, spec.uid);
        return { ...spec, uid };
      };
      const back = changeUpdates((update) => [{ ...update, uid: copies.get(update.uid) ?? update.uid }]);
      // Cancelling is not what this is about: it knows the copies.
      const originals = changeHandle((handle) => ({
        submit: (tasks) => handle.submit(tasks.map(copy)),
        cancel: async (attempts, reason) => {
          const answers = attempts.map(async (attempt) => {
            const uids = [...copies].filter(([, uid]) => uid === attempt.uid).map(([uid]) => ({ ...attempt, uid }));
            const outcomes = (await handle.cancel?.(uids, reason)) ?? [];
            return outcomes.includes("detached") ? "detached" : "cancelled";
          });
          return Promise.all(answers);
        },
      }));
      return originals(back(backend));
    },
    fails: ["submit/duplicate"],
  },
  {
    what: "swallows what it is given",
    kinds: ["inline", "executable", "prompt", "module", "python"],
    topics: ["session"],
    timeoutMs: 300,
    breaks: changeHandle(() => ({ submit: async () => {} })),
    fails: [
      "session/graph",
      "session/retry",
      "session/cancel",
      "session/timeout",
      "session/close/executable",
      "session/close/inline",
      "session/close/module",
      "session/close/python",
      "session/drain",
      "session/one-session",
    ],
  },
  {
    what: "begins a batch before it has looked at all of it",
    kinds: ["inline", "executable"],
    topics: ["submit", "states"],
    breaks: changeHandle((handle) => ({
      submit: async (tasks) => {
        if (tasks.length === 0) return handle.submit(tasks);
        for (const task of tasks) await handle.submit([task]);
      },
    })),
    fails: ["submit/atomic", "submit/after-refusal"],
  },
];

function refusal(message: string): BackendError {
  return new BackendError("BACKEND_REJECTED_TASKS", { backend: "reference", message });
}
