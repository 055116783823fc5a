import type { TaskGraph } from "../graph/task-graph.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import { isFlaws, type Flaw } from "../validate/flaw.ts";
import { encodePlan } from "./encode-plan.ts";
import { sameEncoded } from "./encode-value.ts";
import type { Encoded } from "./journal.ts";

/** For candidates of a batch: the task of an earlier process that each stands for, and its handle before. */
export type Returning = ReadonlyMap<
  TaskRecord,
  { readonly record: TaskRecord; readonly handle: TaskHandle | undefined }
>;

/**
 * The tasks that a session took over from an earlier process, until they are submitted anew: a script that is run again after a crash submits what
 * it submitted before, and gets the tasks that there are.
 */
export class RestoredTasks {
  /** Their descriptions by uid; `undefined` until it was recalled. */
  readonly #descriptions = new Map<string, Encoded | undefined>();

  add(uid: string, description: Encoded | undefined): void {
    this.#descriptions.set(uid, description);
  }

  has(uid: string): boolean {
    return this.#descriptions.has(uid);
  }

  /** Finds the tasks that candidates stand for. Until {@link RestoredTasks.unmatch} or {@link RestoredTasks.claim}, what is submitted is their handle. */
  match(
    candidates: readonly TaskRecord[],
    graph: TaskGraph,
    note: (record: TaskRecord, flaw: Flaw) => void,
  ): Returning {
    if (this.#descriptions.size === 0) return NOBODY;
    const returning = new Map<TaskRecord, { record: TaskRecord; handle: TaskHandle | undefined }>();
    const uids = new Set<string>();
    for (const candidate of candidates) {
      const { uid, handle } = candidate;
      if (!this.#descriptions.has(uid)) continue;
      const record = graph.get(uid) ?? candidate;
      const flaw = uids.has(uid) ? twice(uid) : this.#mismatch(candidate);
      uids.add(uid);
      if (flaw !== undefined) note(candidate, flaw);
      returning.set(candidate, { record, handle: record.handle });
      record.handle = handle ?? record.handle;
    }
    return returning;
  }

  unmatch(returning: Returning): void {
    for (const { record, handle } of returning.values()) record.handle = handle;
  }

  /** The tasks were submitted anew: next time their uids are taken. */
  claim(returning: Returning): void {
    for (const { record } of returning.values()) this.#descriptions.delete(record.uid);
  }

  #mismatch({ uid, plan }: TaskRecord): Flaw | undefined {
    const kept = this.#descriptions.get(uid);
    const given = encodePlan(plan);
    if (isFlaws(given)) return given[0];
    if (kept !== undefined && sameEncoded(kept, given)) return undefined;
    const message = `the journal has another task of uid ${uid}: submit it as it was, or under another uid; tasks of another campaign want a journal of their own`;
    return { code: "TASK_UID_DUPLICATE", message };
  }
}

const NOBODY: Returning = new Map();

function twice(uid: string): Flaw {
  return { code: "TASK_UID_DUPLICATE", message: `uid ${uid} is used twice in the batch` };
}
