import type { BackendLane } from "../dispatch/backend-lane.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import type { RecordOwner, TaskRecord } from "../graph/task-record.ts";
import { Task } from "../task/task.ts";
import type { ResumedJournal } from "./journal.ts";
import type { Logbook } from "./logbook.ts";
import { recall } from "./recall.ts";
import { restoreTasks, type RestoreContext } from "./restore-tasks.ts";
import { RestoredTasks } from "./restored.ts";

/** What a session's memory is made of. */
export interface SessionMemoryParts {
  readonly graph: TaskGraph;
  readonly owner: RecordOwner;
  readonly logbook: Logbook;
  readonly lanes: ReadonlyMap<string, BackendLane>;
}

/** What a session with a journal knows beyond what it holds: tasks of an earlier process, and results that it let go of. */
export class SessionMemory {
  readonly restored: RestoredTasks = new RestoredTasks();
  readonly #parts: SessionMemoryParts;

  constructor(parts: SessionMemoryParts) {
    this.#parts = parts;
  }

  /** Opens the journal, and has at hand what a batch names; `keep` is called while it is. */
  async during<T>(uids: readonly string[], keep: () => T): Promise<T> {
    await this.#parts.logbook.open();
    const recalled = await recall(uids, { ...this.#parts, restored: this.restored });
    try {
      return keep();
    } finally {
      for (const record of recalled) this.#parts.graph.retain(record);
    }
  }

  /** Takes the unfinished tasks of a journal in; see {@link restoreTasks}. */
  async restore(
    journal: ResumedJournal,
    given: Pick<RestoreContext, "unfinished" | "functions" | "secrets">,
  ): Promise<readonly TaskRecord[]> {
    return await restoreTasks(journal, { ...this.#parts, ...given, restored: this.restored });
  }
}

/** Uids that a batch names: its tasks' own, and those of the tasks that they depend on. */
export function uidsIn(inputs: readonly unknown[]): readonly string[] {
  const uids: string[] = [];
  const add = (uid: unknown): void => {
    if (typeof uid === "string") uids.push(uid);
  };
  for (const input of inputs) {
    if (typeof input !== "object" || input === null) continue;
    add((input as { readonly uid?: unknown }).uid);
    const { dependencies } = (input instanceof Task ? input.options : input) as { readonly dependencies?: unknown };
    if (Array.isArray(dependencies)) dependencies.forEach(add);
  }
  return uids;
}
