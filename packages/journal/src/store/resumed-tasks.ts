import type { ResumedTask } from "@rhapsody/core";
import { LARGE_PARTS, type OutputFiles } from "./output-files.ts";
import { Query } from "./query.ts";
import { toTask } from "./rows.ts";
import { selectAll } from "./schema.ts";
import type { Database } from "./sqlite.ts";
import type { TaskFact, TaskFacts } from "./task-facts.ts";

/** The tasks of a journal as a resumed session finds them, and what was lost of their results. */
export function resumedTasks(
  db: Database,
  facts: TaskFacts,
  outputs: OutputFiles,
): { readonly tasks: readonly ResumedTask[]; readonly dropped: readonly string[] } {
  const tasks: ResumedTask[] = [];
  const dropped: string[] = [];
  for (const row of new Query(db, selectAll("tasks")).each()) {
    const { sequence, uid, submitted, description } = toTask(row);
    const fact = facts.of(sequence);
    const flaw = fact.isDone ? flawOf(fact, outputs) : undefined;
    if (flaw !== undefined) dropped.push(`the result of task ${uid}: ${flaw}; it runs again`);
    const done = fact.isDone && flaw === undefined;
    tasks.push({ sequence, uid, done, attempt: fact.attempt, submitted, ...(!done && { description }) });
  }
  return { tasks, dropped };
}

function flawOf({ files = {} }: TaskFact, outputs: OutputFiles): string | undefined {
  for (const part of LARGE_PARTS) {
    const reference = files[part];
    const flaw = reference === undefined ? undefined : outputs.flaw(reference);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}
