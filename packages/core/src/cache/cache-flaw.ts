import type { TaskPlan } from "../graph/task-plan.ts";
import type { Flaw } from "../validate/flaw.ts";
import { sourceOf } from "./function-source.ts";

/** What is wrong with a plan's `cache` in its session, if anything. */
export function cacheFlaw({ cache, work }: TaskPlan, hasJournal: boolean): Flaw | undefined {
  if (cache === undefined) return undefined;
  if (!hasJournal) {
    return flaw(
      'results are kept in a journal, and the session has none: give it one, as in new Session({ journal: "run.db" })',
    );
  }
  if (cache.key !== undefined || work.kind !== "function" || work.function.kind !== "inline") return undefined;
  return sourceOf(work.function.call) === undefined ? flaw(NO_SOURCE) : undefined;
}

/** Why a function cannot be told from others. */
export const NO_SOURCE =
  "the function is bound or native, so its source cannot be seen: give a key, or wrap it in a function";

function flaw(message: string): Flaw {
  return { code: "TASK_FIELD_INVALID", message: `cache: ${message}` };
}
