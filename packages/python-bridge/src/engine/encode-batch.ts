import { BackendError, RhapsodyError, type FailedUpdate, type TaskSpec } from "@rhapsody/core";
import { encodeValue } from "../values/encode-value.ts";
import { ValueError } from "../values/value-error.ts";
import type { EngineOptions, EngineTask } from "./engine-options.ts";
import { toEngineTask, type Surroundings } from "./to-engine-task.ts";

/** A batch as it goes to the engine. */
export interface EncodedBatch {
  /** Tasks that go there, in order. */
  readonly specs: readonly TaskSpec[];
  readonly heads: readonly unknown[];
  /** The work of each. */
  readonly blobs: readonly Uint8Array[];
  /** Tasks that cannot go there. */
  readonly failed: readonly FailedUpdate[];
}

/**
 * Encodes a batch.
 *
 * @throws {@link BackendError} `BACKEND_REJECTED_TASKS` when a task has no form for the engine.
 */
export function encodeBatch(
  tasks: readonly TaskSpec[],
  { toWork = toEngineTask }: Pick<EngineOptions, "toWork">,
  surroundings: Surroundings,
): EncodedBatch {
  const specs: TaskSpec[] = [];
  const heads: unknown[] = [];
  const blobs: Uint8Array[] = [];
  const failed: FailedUpdate[] = [];
  for (const spec of tasks) {
    try {
      const task = toWork(spec, surroundings);
      const blob = encodeValue(task.work, "");
      heads.push(headOf(spec, task));
      blobs.push(blob);
      specs.push(spec);
    } catch (error) {
      failed.push(failureOf(spec, error, surroundings.backend));
    }
  }
  return { specs, heads, blobs, failed };
}

function headOf(spec: TaskSpec, { kind, group, options }: EngineTask): unknown {
  const { uid, attempt, name, priority, resources } = spec;
  const head: Record<string, unknown> = { uid, attempt, kind, group };
  if (name !== uid) head["name"] = name;
  if (priority !== 0) head["priority"] = priority;
  if (!isEmpty(resources)) head["resources"] = resources;
  // Through the codec, which refuses what JSON would lose in silence.
  if (!isEmpty(options)) head["options"] = plainJson(options);
  return head;
}

function isEmpty(object: object): boolean {
  return Object.keys(object).length === 0;
}

function plainJson(options: Readonly<Record<string, unknown>>): unknown {
  encodeValue(options, "backendOptions");
  return options;
}

function failureOf(spec: TaskSpec, error: unknown, backend: string): FailedUpdate {
  const { uid, attempt, epoch } = spec;
  if (error instanceof ValueError) {
    const { code, message } = error;
    return { uid, attempt, epoch, state: "FAILED", failure: { code, message, cause: error } };
  }
  if (RhapsodyError.isInstance(error)) throw error;
  const how = error instanceof Error ? error.message : String(error);
  throw new BackendError("BACKEND_REJECTED_TASKS", { backend, message: `cannot run ${uid}: ${how}`, cause: error });
}
