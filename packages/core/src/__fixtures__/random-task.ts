import type { TaskAttempt } from "../backend/task-spec.ts";
import type { TaskFailure, TaskUpdate } from "../backend/task-update.ts";
import type { TaskDescription } from "../task/task-options.ts";
import type { Report, TaskModel, Wanted } from "./task-model.ts";

type Plain = "onDependencyFailure" | "attempts" | "delayMs" | "timeoutMs" | "queueTimeoutMs" | "cores" | "cacheKey";

/** What a random task is like: dependencies are some of the tasks before it, and its backend is one of those that there are. */
export interface Shape extends Pick<Wanted, Plain> {
  readonly dependencies: readonly number[];
  readonly backend: number | undefined;
}

/** What there is when a task is submitted. */
export interface Present {
  readonly models: readonly TaskModel[];
  readonly backends: readonly { readonly name: string; readonly cores: number }[];
}

export function toWanted(uid: string, shape: Shape, { models, backends }: Present): Wanted {
  const named = shape.backend === undefined ? undefined : backends[shape.backend % backends.length]?.name;
  const able = backends.filter(({ name }) => named === undefined || name === named);
  // More than any of them has would be refused.
  const cores = Math.min(
    shape.cores,
    ...able
      .map((backend) => backend.cores)
      .toSorted((a, b) => b - a)
      .slice(0, 1),
  );
  const dependencies = shape.dependencies.flatMap((pick) => models[pick % Math.max(1, models.length)] ?? []);
  return { ...shape, uid, backend: named, cores, dependencies: [...new Set(dependencies)] };
}

export function toDescription({
  uid,
  backend,
  dependencies,
  attempts,
  delayMs,
  cores,
  ...rest
}: Wanted): TaskDescription {
  const { onDependencyFailure, timeoutMs, queueTimeoutMs, cacheKey } = rest;
  return {
    uid,
    executable: "work",
    backend,
    dependencies: dependencies.map(({ wanted }) => wanted.uid),
    resources: { cores },
    onDependencyFailure,
    timeoutMs,
    queueTimeoutMs,
    ...(cacheKey !== undefined && { cache: { key: cacheKey } }),
    ...(attempts > 1 && { retry: { attempts, delayMs } }),
  };
}

export function toUpdate({ uid, attempt, epoch }: TaskAttempt, what: Report): TaskUpdate {
  if (what === "TASK_EXIT_CODE" || what === "TASK_WORKER_DIED")
    return { uid, attempt, epoch, state: "FAILED", failure: FAILURES[what] };
  if (what === "LOST") return { uid, attempt, epoch, state: "LOST", failure: FAILURES["TASK_WORKER_DIED"] };
  if (what === "OUTPUT") return { uid, attempt, epoch, state: "OUTPUT", stream: "stdout", text: "." };
  return { uid, attempt, epoch, state: what };
}

const FAILURES: Readonly<Record<"TASK_EXIT_CODE" | "TASK_WORKER_DIED", TaskFailure>> = {
  TASK_EXIT_CODE: { code: "TASK_EXIT_CODE", message: "exited with code 1" },
  TASK_WORKER_DIED: { code: "TASK_WORKER_DIED", message: "the worker died" },
};
