import type { TaskUpdate } from "@rhapsody/core";
import { isEnd } from "../../trial/update-log.ts";
import { changeUpdates, apartFromPrograms, type Fault } from "./fault.ts";

const failure = { code: "TASK_SPAWN_FAILED", message: "no reason" } as const;

export const reportFaults: readonly Fault[] = [
  {
    what: "reports every task as failed",
    kinds: ["inline", "executable", "prompt"],
    topics: apartFromPrograms,
    breaks: changeUpdates((update) => (update.state === "DONE" ? [{ ...update, state: "FAILED", failure }] : [update])),
    fails: [
      "life-cycle/open-twice",
      "life-cycle/open-again",
      "life-cycle/given-up",
      "life-cycle/old-handle",
      "submit/attempts",
      "submit/next-attempt",
      "submit/after-refusal",
      "states/done",
      "states/failed",
      "function-values",
      "function-context/task/inline",
      "prompts/one",
      "prompts/many",
      "prompts/chat",
      "prompts/usage",
      "prompts/stream",
      "prompts/stream-many",
      "prompts/no-stream",
      "cancel/unknown",
      "cancel/other-attempt",
      "cancel/neighbours",
      "volume",
      "session/graph",
      "session/cancel",
      "session/drain",
      "session/one-session",
    ],
  },
  {
    what: "reports every task as failed (workers)",
    kinds: ["module", "python"],
    topics: [
      "states",
      "function-values",
      "function-failures",
      "function-context",
      "cancel",
      "cancel-functions",
      "volume",
    ],
    breaks: changeUpdates((update) => (update.state === "DONE" ? [{ ...update, state: "FAILED", failure }] : [update])),
    fails: [
      "states/done",
      "states/failed",
      "function-values",
      "function-failures/died",
      "function-context/task/module",
      "cancel/unknown",
      "cancel/neighbours",
      "cancel-functions/busy/module",
      "volume",
    ],
  },
  {
    what: "reports RUNNING twice, and times in seconds (workers)",
    kinds: ["module", "python"],
    topics: ["states", "cancel", "close", "volume"],
    breaks: changeUpdates((update) => {
      if (isEnd(update)) return [{ ...update, finishedAt: Date.now() / 1000 }];
      return update.state === "RUNNING" ? [update, update] : [update];
    }),
    fails: ["states/order", "states/shape", "cancel/queued", "cancel/running", "close/running", "volume"],
  },
  {
    what: "reports failures as successes",
    kinds: ["inline", "executable", "prompt"],
    topics: apartFromPrograms,
    breaks: changeUpdates((update) => (update.state === "FAILED" ? [withoutFailure(update)] : [update])),
    fails: ["states/failed", "function-failures", "prompts/failed", "session/retry"],
  },
  {
    what: "reports RUNNING after the end",
    kinds: ["inline"],
    breaks: changeUpdates((update) => (isEnd(update) ? [update, running(update)] : [update])),
    fails: ["submit/attempts", "submit/duplicate/inline", "submit/after-refusal", "states/order/inline", "volume"],
  },
  {
    what: "reports RUNNING twice",
    kinds: ["inline", "prompt"],
    breaks: changeUpdates((update) => (update.state === "RUNNING" ? [update, update] : [update])),
    fails: [
      "submit/attempts",
      "submit/duplicate/inline",
      "submit/after-refusal",
      "states/order",
      "cancel/queued",
      "cancel/running",
      "close/running",
      "volume",
    ],
  },
  {
    what: "reports the end twice",
    kinds: ["inline", "executable"],
    topics: ["submit", "states", "volume"],
    breaks: changeUpdates((update) => (isEnd(update) ? [update, update] : [update])),
    fails: [
      "submit/attempts",
      "submit/next-attempt",
      "submit/duplicate",
      "submit/after-refusal",
      "states/order",
      "volume",
    ],
  },
  {
    what: "loses the end of every seventh task",
    timeoutMs: 1000,
    kinds: ["inline"],
    topics: ["states", "function-values", "volume"],
    breaks: changeUpdates((update) => (isEnd(update) && Number(update.uid.slice(-6)) % 7 === 0 ? [] : [update])),
    fails: ["function-values/plain/inline", "function-values/rich/inline", "volume"],
  },
  {
    what: "gives times in seconds",
    kinds: ["inline", "executable", "prompt"],
    topics: ["states", "volume"],
    breaks: changeUpdates((update) => (isEnd(update) ? [{ ...update, finishedAt: Date.now() / 1000 }] : [update])),
    fails: ["states/shape"],
  },
  {
    what: "reports under an epoch of its own",
    kinds: ["inline"],
    breaks: changeUpdates((update) => [update, { ...update, epoch: 0 }]),
    fails: ["life-cycle/open-again", "states/shape/inline", "close/running/inline"],
  },
];

function running({ uid, attempt, epoch }: TaskUpdate): TaskUpdate {
  return { uid, attempt, epoch, state: "RUNNING" };
}

function withoutFailure({ failure: _, ...update }: Extract<TaskUpdate, { state: "FAILED" }>): TaskUpdate {
  return { ...update, state: "DONE" };
}
