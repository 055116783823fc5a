import type { TaskRecord } from "../graph/task-record.ts";
import type { Conclusion } from "../settle/conclusion.ts";
import type { AcceptedTask, Encoded, JournalBatch, StateChange, StoredResult, TaskEnding } from "./journal.ts";

/** What an entry weighs besides its text, roughly, in bytes. */
const ENTRY_BYTES = 1024;

/** What is gathered while the page before it is being written. */
export class Page {
  readonly accepted: AcceptedTask[] = [];
  readonly results: TaskEnding[] = [];
  /** Of the results, those that are shown once the page is written. */
  readonly conclusions: Conclusion[] = [];
  /** Settles with the page's writing. */
  readonly written: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  /** True when somebody waits for the page who has nothing else to do. */
  urgent = false;
  /** About how much memory the page takes, in bytes. */
  bytes = 0;
  /** Records that moved, each with the reason of its latest move, if any. */
  readonly #moved = new Map<TaskRecord, string | undefined>();

  constructor() {
    // Whoever cares waits for it; nobody may.
    this.written.promise.catch(() => {});
  }

  get empty(): boolean {
    return this.accepted.length === 0 && this.results.length === 0 && this.#moved.size === 0;
  }

  accept(tasks: readonly AcceptedTask[]): void {
    this.urgent = true;
    for (const task of tasks) {
      this.accepted.push(task);
      this.bytes += ENTRY_BYTES + task.description.length;
    }
  }

  move(record: TaskRecord, reason: string | undefined): void {
    this.#moved.set(record, reason);
  }

  end(sequence: number, result: StoredResult): void {
    this.results.push({ sequence, result });
    this.bytes += ENTRY_BYTES + lengthOf(result.stdout) + lengthOf(result.stderr) + lengthOf(result.value);
  }

  /** The page as a journal takes it. Of records that moved often, or have ended since, only the latest counts. */
  toBatch(): JournalBatch {
    const changes: StateChange[] = [];
    for (const [record, reason] of this.#moved)
      if (!record.settled && !record.committing) changes.push(changeOf(record, reason));
    return { accepted: this.accepted, changes, results: this.results };
  }
}

function changeOf(record: TaskRecord, reason: string | undefined): StateChange {
  const { sequence, state, attempt, backendName } = record;
  const at = (state === "EXECUTING" ? record.started : record.scheduled) || Date.now();
  return {
    sequence,
    state,
    attempt,
    at,
    ...(backendName !== undefined && { backend: backendName }),
    ...(reason !== undefined && { reason }),
  };
}

function lengthOf(part: Encoded | undefined): number {
  return part?.length ?? 0;
}
