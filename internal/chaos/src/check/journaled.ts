import type { StoredTask } from "@rhapsody/core";
import { createJournal } from "@rhapsody/journal";

/** A task as the journal has it in the end. */
export type Journaled = Pick<StoredTask, "uid" | "result"> & { readonly done: boolean };

/** All tasks of a journal, read as a session that resumes would; or why they cannot be read. */
export async function journaledTasks(path: string): Promise<readonly Journaled[] | Error> {
  try {
    const { handle, tasks } = await createJournal(path).resume();
    const stored = await handle.recall(tasks.map(({ uid }) => uid));
    await handle.close();
    return tasks.map(({ uid, done }, index) => ({ uid, done, ...stored[index] }));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
