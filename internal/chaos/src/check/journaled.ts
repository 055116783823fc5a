import type { StoredTask } from "@rhapsody/core";
import { createJournal } from "@rhapsody/journal";

/** A task as the journal has it in the end. */
export type Journaled = Pick<StoredTask, "uid" | "result"> & { readonly done: boolean };

/** All tasks of a journal, read as a session that resumes would. */
export async function journaledTasks(path: string): Promise<readonly Journaled[]> {
  const { handle, tasks } = await createJournal(path).resume();
  try {
    const stored = await handle.recall(tasks.map(({ uid }) => uid));
    return tasks.map(({ uid, done }, index) => ({ uid, done, ...stored[index] }));
  } finally {
    await handle.close();
  }
}
