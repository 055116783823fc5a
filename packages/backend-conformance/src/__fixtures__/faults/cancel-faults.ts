import type { BackendContext, BackendHandle, CancelOutcome, TaskAttempt } from "@rhapsody/core";
import { changeHandle, changeSpecs, inScript, type Fault } from "./fault.ts";

/** The rest of the suite runs programs too, but does not cancel them. */
const programs = {
  kinds: ["executable"],
  topics: ["states", "cancel", "cancel-programs", "close"],
} satisfies Partial<Fault>;

export const cancelFaults: readonly Fault[] = [
  {
    what: "refuses to cancel what it does not know",
    kinds: ["inline"],
    breaks: changeCancel((attempts, cancel) =>
      attempts.length === 0 ? Promise.reject(new Error("nothing to cancel")) : cancel(attempts),
    ),
    fails: ["cancel/nothing"],
  },
  {
    what: "answers for one attempt only",
    kinds: ["inline"],
    breaks: changeCancel(async (attempts, cancel) => (await cancel(attempts)).slice(0, 1)),
    fails: ["cancel/in-order/inline"],
  },
  {
    what: "claims that everything goes on",
    kinds: ["inline", "executable", "prompt"],
    topics: ["life-cycle", "cancel", "cancel-programs"],
    breaks: changeCancel(async (attempts, cancel) => (await cancel(attempts)).map(() => "detached")),
    fails: [
      "life-cycle/cancel-after-close",
      "cancel/unknown",
      "cancel/ended",
      "cancel/other-attempt",
      "cancel/in-order",
      "cancel-programs/gone",
      "cancel-programs/tree",
      "cancel-programs/stubborn",
      "cancel-programs/just-taken",
    ],
  },
  {
    what: "claims that everything was stopped",
    kinds: ["inline"],
    breaks: changeCancel(async (attempts, cancel) => (await cancel(attempts)).map(() => "cancelled")),
    fails: ["cancel-functions/detached/inline"],
  },
  {
    what: "stops nothing and says that it did",
    timeoutMs: 1000,
    kinds: ["inline"],
    breaks: changeCancel(async (attempts) => attempts.map(() => "cancelled")),
    fails: ["cancel/queued/inline", "cancel/running/inline", "cancel-functions"],
  },
  {
    what: "cancels whatever attempt of the task is under way",
    timeoutMs: 1000,
    kinds: ["inline"],
    breaks: changeCancel((attempts, cancel) =>
      cancel(attempts.flatMap((attempt) => [attempt, { ...attempt, attempt: 2 }])).then((outcomes) =>
        outcomes.filter((_, index) => index % 2 === 0),
      ),
    ),
    fails: ["cancel/other-attempt/inline"],
  },
  {
    what: "reports that a cancelled task failed",
    kinds: ["inline", "executable", "prompt"],
    topics: ["cancel", "cancel-functions"],
    breaks: reportingEnd,
    fails: ["cancel/unknown", "cancel/ended", "cancel/queued", "cancel/running", "cancel-functions/detached/inline"],
  },
  {
    what: "answers only the first who cancels",
    timeoutMs: 3000,
    kinds: ["inline", "executable", "prompt"],
    topics: ["cancel"],
    breaks: onlyFirstCancel,
    fails: ["cancel/again"],
  },
  {
    what: "answers only the first who cancels, and for one attempt only (workers)",
    kinds: ["module", "python"],
    topics: ["cancel"],
    breaks: (backend) =>
      changeCancel(async (attempts, cancel) => (await cancel(attempts)).slice(0, 1))(onlyFirstCancel(backend)),
    fails: ["cancel/again", "cancel/in-order"],
  },
  {
    what: "never answers who cancels",
    timeoutMs: 1000,
    kinds: ["inline"],
    topics: ["cancel/running", "cancel-functions/signal", "session/cancel"],
    breaks: changeCancel(() => new Promise(() => {})),
    fails: ["cancel/running", "cancel-functions/signal", "session/cancel"],
  },
  {
    what: "forgets to run what was cancelled before it came",
    timeoutMs: 1000,
    kinds: ["inline"],
    breaks: changeHandle((handle) => {
      const cancelled = new Set<string>();
      return {
        submit: (tasks) => handle.submit(tasks.filter(({ uid, attempt }) => !cancelled.has(`${uid} ${attempt}`))),
        cancel: async (attempts, reason) => {
          for (const { uid, attempt } of attempts) cancelled.add(`${uid} ${attempt}`);
          return (await handle.cancel?.(attempts, reason)) ?? [];
        },
      };
    }),
    fails: ["cancel/unknown"],
  },
  {
    what: "runs nothing any more once something was cancelled",
    timeoutMs: 1000,
    kinds: ["inline", "prompt"],
    topics: ["cancel"],
    breaks: stoppingForGood,
    fails: ["cancel/unknown", "cancel/neighbours"],
  },
  {
    what: "leaves programs running when they are cancelled",
    ...programs,
    breaks: changeCancel(async (attempts) => attempts.map(() => "cancelled")),
    fails: [
      "cancel/running/executable",
      "cancel-programs/gone",
      "cancel-programs/tree",
      "cancel-programs/asks-first",
      "cancel-programs/stubborn",
    ],
    mayFail: ["cancel-programs/just-taken", "cancel/queued/executable"],
  },
  {
    what: "kills the process that it started, not its descendants",
    ...programs,
    breaks: changeSpecs((spec) => ({
      ...spec,
      environment: {
        ...spec.environment,
        NODE_OPTIONS: "--import data:text/javascript,delete/**/process.env.RHAPSODY_REFERENCE",
      },
    })),
    fails: ["cancel-programs/tree", "close/tree"],
  },
  {
    what: "kills without asking",
    ...programs,
    breaks: inScript('trap "" TERM; exec "$@"'),
    fails: ["cancel-programs/asks-first", "close/grace"],
  },
];

function changeCancel(
  change: (
    attempts: readonly TaskAttempt[],
    cancel: (attempts: readonly TaskAttempt[]) => Promise<readonly CancelOutcome[]>,
  ) => Promise<readonly CancelOutcome[]>,
): Fault["breaks"] {
  return changeHandle((handle) => ({
    cancel: (attempts, reason) => change(attempts, async (given) => (await handle.cancel?.(given, reason)) ?? []),
  }));
}

function reportingEnd(backend: Parameters<Fault["breaks"]>[0]): ReturnType<Fault["breaks"]> {
  const change = (handle: BackendHandle, context: BackendContext): Partial<BackendHandle> => ({
    cancel: async (attempts, reason) => {
      const outcomes = (await handle.cancel?.(attempts, reason)) ?? [];
      context.report(
        attempts.map((attempt) => ({
          ...attempt,
          state: "FAILED",
          failure: { code: "TASK_SIGNALED", message: "killed" },
        })),
      );
      return outcomes;
    },
  });
  return changeHandle(change)(backend);
}

function onlyFirstCancel(backend: Parameters<Fault["breaks"]>[0]): ReturnType<Fault["breaks"]> {
  const seen = new Set<string>();
  return changeCancel((attempts, cancel) => {
    const first = attempts.every(({ uid }) => !seen.has(uid));
    for (const { uid } of attempts) seen.add(uid);
    return first ? cancel(attempts) : new Promise(() => {});
  })(backend);
}

function stoppingForGood(backend: Parameters<Fault["breaks"]>[0]): ReturnType<Fault["breaks"]> {
  return changeHandle((handle) => {
    let stopped = false;
    return {
      submit: async (tasks) => (stopped ? undefined : handle.submit(tasks)),
      cancel: async (attempts, reason) => {
        stopped = true;
        return (await handle.cancel?.(attempts, reason)) ?? [];
      },
    };
  })(backend);
}
