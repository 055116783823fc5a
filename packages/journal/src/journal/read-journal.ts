import { resolve } from "node:path";
import type { JournaledSession, StoredTask, TaskState } from "@rhapsody/core";
import type { TaskPage, TaskSummary } from "../store/overview.ts";
import { StoreThread } from "../workers/store-thread.ts";

/** A journal that is looked at, perhaps while its session runs. Each call sees all that was committed before it. */
export interface JournalView extends AsyncDisposable {
  readonly session: JournaledSession;
  /** How many tasks are in each state; states without any are absent. */
  counts(): Promise<Readonly<Partial<Record<TaskState, number>>>>;
  /** Tasks in the order in which they were accepted, a page at a time. */
  tasks(page?: TaskPage): Promise<readonly TaskSummary[]>;
  /**
   * Tasks with their descriptions and results, in order; `undefined` for uids that the journal does not have.
   *
   * @throws JournalError `JOURNAL_FAILED` when a file of a result is gone or is not what was written to it.
   */
  recall(uids: readonly string[]): Promise<readonly (StoredTask | undefined)[]>;
  /** Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a journal to look at it; its session may run meanwhile, here or in another process.
 *
 * @param path - The journal's file. Relative to the current directory.
 * @throws JournalError `JOURNAL_NOT_FOUND`, `JOURNAL_INVALID`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT`.
 */
export async function readJournal(path: string): Promise<JournalView> {
  const location = resolve(path);
  const [thread, session] = await StoreThread.open(location, (opening) => opening.ask("read", location));
  const close = (): Promise<void> => thread.close();
  return {
    session,
    counts: () => thread.ask("counts", undefined),
    tasks: (page = {}) => thread.ask("tasks", page),
    recall: (uids) => thread.ask("recall", uids),
    close,
    [Symbol.asyncDispose]: close,
  };
}
