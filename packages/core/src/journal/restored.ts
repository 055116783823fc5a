import type { TaskGraph } from "../graph/task-graph.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import { isFlaws, type Flaw } from "../validate/flaw.ts";
import { encodePlan } from "./encode-plan.ts";
import { sameEncoded } from "./encode-value.ts";
import type { Encoded, ResumedTask } from "./journal.ts";

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
  readonly #waiting = new Map<string, ResumedTask>();

  add(uid: string, description: Encoded | undefined): void {
    this.#descriptions.set(uid, description);
  }

  /** Has a task wait, unknown to the graph, until it is submitted anew. */
  wait(task: ResumedTask): void {
    this.#waiting.set(task.uid, task);
  }

  /** True when the journal has the task, and the session waits for it. */
  isAwaited(uid: string): boolean {
    return this.#waiting.has(uid);
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
      const awaited = this.isAwaited(uid);
      // What stands for itself is checked with the new ones of the batch.
      const flaw = uids.has(uid) && !awaited ? twice(uid) : this.#mismatch(candidate);
      uids.add(uid);
      if (flaw !== undefined) note(candidate, flaw);
      if (awaited) continue;
      returning.set(candidate, { record, handle: record.handle });
      record.handle = handle ?? record.handle;
    }
    return returning;
  }

  unmatch(returning: Returning): void {
    for (const { record, handle } of returning.values()) record.handle = handle;
  }

  /** The tasks were submitted anew: next time their uids are taken. */
  claim(returning: Returning, fresh: readonly TaskRecord[]): void {
    for (const { record } of returning.values()) this.#descriptions.delete(record.uid);
    if (this.#waiting.size === 0) return;
    for (const record of fresh) {
      const task = this.#waiting.get(record.uid);
      if (task === undefined) continue;
      takeOver(record, task);
      this.#waiting.delete(record.uid);
      this.#descriptions.delete(record.uid);
    }
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

/** Has a record go on where an earlier process left its task. */
export function takeOver(record: TaskRecord, { sequence, attempt, submitted }: ResumedTask): TaskRecord {
  record.sequence = sequence;
  record.attempt = attempt;
  record.uncounted = attempt;
  record.submitted = submitted;
  return record;
}

const NOBODY: Returning = new Map();

function twice(uid: string): Flaw {
  return { code: "TASK_UID_DUPLICATE", message: `uid ${uid} is used twice in the batch` };
}
