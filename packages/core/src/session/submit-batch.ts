import { BackendLane } from "../dispatch/backend-lane.ts";
import { TaskValidationError, type TaskProblem } from "../errors/task-validation-error.ts";
import { linkBatch, type Candidate } from "../graph/link-batch.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import { TaskRecord, type RecordOwner } from "../graph/task-record.ts";
import { routeTask } from "../route/route-task.ts";
import { TaskFuture } from "../task/task-future.ts";
import { Task } from "../task/task.ts";
import { parseTask, type Flaw } from "../validate/parse-task.ts";
import type { TaskDefaults } from "../validate/task-defaults.ts";

/** What a batch is checked against. */
export interface BatchContext {
  readonly owner: RecordOwner;
  readonly graph: TaskGraph;
  readonly lanes: ReadonlyMap<string, BackendLane>;
  readonly defaults: TaskDefaults;
  /** Tasks checked so far: the number of the next. */
  accepted: number;
}

/**
 * Checks a batch whole and turns it into records, which nothing knows of yet.
 *
 * @throws {@link TaskValidationError} that lists every problem of every task; nothing has changed then.
 */
export function toRecords(inputs: readonly unknown[], context: BatchContext): readonly TaskRecord[] {
  const { owner, graph, lanes } = context;
  const problems: TaskProblem[] = [];
  const candidates: Candidate[] = [];
  inputs.forEach((input, index) => {
    const flaws: Flaw[] = [];
    const record = toRecord(input, context, flaws);
    if (record === undefined) problems.push(...flaws.map((flaw) => ({ index, uid: printableUid(input), ...flaw })));
    else candidates.push({ index, record });
  });
  const note = ({ index, record }: Candidate, flaw: Flaw): void =>
    void problems.push({ index, uid: record.uid, ...flaw });
  linkBatch(candidates, { graph, sessionUid: owner.sessionUid, broken: namesOfBroken(inputs, problems), note });
  for (const candidate of candidates) {
    const route = routeTask(candidate.record.plan, lanes);
    if (route instanceof BackendLane) candidate.record.backendName = route.name;
    else note(candidate, route);
  }
  if (problems.length > 0) {
    for (const { record } of candidates) graph.unreserve(record);
    throw new TaskValidationError(problems.toSorted((a, b) => a.index - b.index));
  }
  return candidates.map(({ index, record }) => bind(record, inputs[index]));
}

/** A record that its batch has yet to be checked with, or its flaws. */
function toRecord(input: unknown, context: BatchContext, flaws: Flaw[]): TaskRecord | undefined {
  if (isTask(input) && Task.futureOf(input) !== undefined) {
    const message = "this task object was submitted before: build a new one to run it again";
    flaws.push({ code: "TASK_ALREADY_SUBMITTED", message });
  }
  const plan = parseTask(input, context.defaults, flaws);
  if (plan === undefined) return undefined;
  context.accepted += 1;
  const record = new TaskRecord(context.owner, plan, context.accepted);
  if (isTask(input)) record.handle = input;
  return record;
}

/** Gives an accepted record its future, and a task object its record. */
function bind(record: TaskRecord, input: unknown): TaskRecord {
  const future = new TaskFuture(record);
  if (isTask(input)) Task.bind(input, future);
  else record.handle = future;
  return record;
}

/** Uids of the tasks that did not get as far as a record: what depends on them is not to blame for that. */
function namesOfBroken(inputs: readonly unknown[], problems: readonly TaskProblem[]): ReadonlySet<string> {
  return new Set(problems.flatMap(({ index }) => printableUid(inputs[index]) ?? []));
}

function printableUid(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  const uid: unknown = Reflect.get(input, "uid");
  return typeof uid === "string" ? uid : undefined;
}

/** `instanceof` alone leaves the class's type parameters `any`. */
function isTask(input: unknown): input is Task {
  return input instanceof Task;
}
