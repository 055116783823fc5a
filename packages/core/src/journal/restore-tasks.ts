import { BackendLane } from "../dispatch/backend-lane.ts";
import { JournalError } from "../errors/journal-error.ts";
import { TaskValidationError, type TaskProblem } from "../errors/task-validation-error.ts";
import { linkBatch } from "../graph/link-batch.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import { routeTask } from "../route/route-task.ts";
import type { Callable } from "../task/function-reference.ts";
import type { StandardSchema } from "../task/standard-schema.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import { skipTaskUid } from "../task/task.ts";
import type { Flaw } from "../validate/flaw.ts";
import { decodePlan } from "./decode-plan.ts";
import type { ResumedJournal, ResumedTask } from "./journal.ts";
import { conclude, restoredRecord, type RecallContext } from "./recall.ts";
import { takeOver } from "./restored.ts";

/** What restoring needs of the session. */
export interface RestoreContext extends RecallContext {
  readonly lanes: ReadonlyMap<string, BackendLane>;
  /** Whether unfinished tasks run at once, or wait until they are submitted anew. */
  readonly unfinished: "run" | "wait";
  /** The user's functions, by the names under which the journal may ask for them. */
  readonly functions: Readonly<Record<string, Callable | StandardSchema>>;
  /** Values of secret variables, by the names of the variables. */
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * Takes the tasks of a journal into a session's graph: those that are done by uid alone, the others as records that are yet to be accepted, unless they wait.
 *
 * @returns the records, linked and routed, in their old order.
 * @throws {@link TaskValidationError} that lists every task that cannot be resumed here, and why.
 */
export async function restoreTasks(journal: ResumedJournal, context: RestoreContext): Promise<readonly TaskRecord[]> {
  const { graph, restored } = context;
  const unfinished = new Map<string, TaskRecord>();
  for (const task of journal.tasks) {
    skipTaskUid(task.uid);
    restored.add(task.uid, task.description);
    if (task.done) graph.remember(task.uid);
    else if (context.unfinished === "wait") restored.wait(task);
    else unfinished.set(task.uid, takeOver(restoredRecord(task, context.owner), task));
    graph.nextSequence = task.sequence + 1;
  }
  const problems: TaskProblem[] = [];
  const note = ({ uid, sequence }: TaskRecord, flaw: Flaw): void =>
    void problems.push({ index: sequence, uid, ...flaw });
  const needed = new Map<string, TaskRecord>();
  const handleOf = (uid: string): TaskHandle | undefined =>
    unfinished.get(uid)?.handle ?? settledLater(uid, needed, context)?.handle;
  for (const task of journal.tasks) {
    const record = unfinished.get(task.uid);
    if (record !== undefined) decode(record, task, { ...context, handleOf, note });
  }
  await fetch(needed, context);
  const records = [...unfinished.values()];
  linkBatch(records, { graph, owner: context.owner, broken: new Set(problems.map(({ uid = "" }) => uid)), note });
  for (const record of records) {
    const route = routeTask(record.plan, context.lanes);
    if (route instanceof BackendLane) record.backendName = route.name;
    else note(record, route);
  }
  for (const record of needed.values()) graph.retain(record);
  if (problems.length > 0)
    throw new TaskValidationError(
      problems.toSorted((a, b) => a.index - b.index),
      { what: "nothing was resumed" },
    );
  return records;
}

interface DecodeContext extends RestoreContext {
  readonly handleOf: (uid: string) => TaskHandle | undefined;
  readonly note: (record: TaskRecord, flaw: Flaw) => void;
}

function decode(record: TaskRecord, { uid, description = "" }: ResumedTask, context: DecodeContext): void {
  const plan = decodePlan({ uid, description }, context);
  if (!("work" in plan)) return plan.forEach((flaw) => context.note(record, flaw));
  record.plan = plan;
  record.backendName = plan.backend;
  for (const dependency of plan.dependencies ?? []) if (typeof dependency === "string") context.handleOf(dependency);
}

/** A record for a task that is done and that an unfinished one depends on; it gets its result when all such are known. */
function settledLater(
  uid: string,
  needed: Map<string, TaskRecord>,
  { graph, owner }: RestoreContext,
): TaskRecord | undefined {
  const known = needed.get(uid);
  if (known !== undefined || !graph.has(uid)) return known;
  const record = restoredRecord({ uid, sequence: -1 }, owner);
  needed.set(uid, record);
  graph.adopt(record);
  return record;
}

async function fetch(needed: ReadonlyMap<string, TaskRecord>, { logbook, restored }: RestoreContext): Promise<void> {
  if (needed.size === 0) return;
  const handle = await logbook.open();
  for (const task of await handle.recall([...needed.keys()])) {
    const record = needed.get(task?.uid ?? "");
    if (task === undefined || record === undefined) continue;
    restored.add(task.uid, task.description);
    conclude(record, task);
  }
  const lost = [...needed.values()].filter((record) => !record.settled).map(({ uid }) => uid);
  if (lost.length === 0) return;
  const message = `the results of ${lost.slice(0, 5).join(", ")}${lost.length > 5 ? ` and ${lost.length - 5} more` : ""} could not be read again`;
  throw new JournalError("JOURNAL_CORRUPT", { location: logbook.location, message });
}
