import { ComputeTask, NoopExecutionBackend, Session } from "@rhapsody/core";
import { SqliteJournal } from "@rhapsody/journal";
import { HoldingBackend } from "../rhapsody/holding-backend.ts";
import { runTasks } from "../rhapsody/run-tasks.ts";

/** What the tasks of {@link writeJournal} run, which a resume has to be given again. */
export const nothing = async (): Promise<void> => {};

const build = (): ComputeTask => new ComputeTask({ function: nothing });

/** Writes the journal of a session whose tasks are all done, or all left undone. */
export async function writeJournal(path: string, tasks: number, left: "done" | "undone"): Promise<void> {
  const backends = [left === "done" ? new NoopExecutionBackend() : new HoldingBackend()];
  await using session = new Session({ backends, journal: new SqliteJournal(path) });
  if (left === "done") await runTasks(session, tasks, build);
  else await session.submitTasks(Array.from({ length: tasks }, build));
}
