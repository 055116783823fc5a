import { cacheFlaw } from "../cache/cache-flaw.ts";
import { BackendLane } from "../dispatch/backend-lane.ts";
import { TaskValidationError, type TaskProblem } from "../errors/task-validation-error.ts";
import { linkBatch } from "../graph/link-batch.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import { TaskRecord, type RecordOwner } from "../graph/task-record.ts";
import { encodePlan } from "../journal/encode-plan.ts";
import type { Encoded } from "../journal/journal.ts";
import type { RestoredTasks, Returning } from "../journal/restored.ts";
import { routeTask } from "../route/route-task.ts";
import { TaskFuture } from "../task/task-future.ts";
import { Task } from "../task/task.ts";
import { isFlaws, type Flaw } from "../validate/flaw.ts";
import { parseTask } from "../validate/parse-task.ts";
import type { TaskDefaults } from "../validate/task-defaults.ts";

/** What a batch is checked against. */
export interface BatchContext {
  readonly owner: RecordOwner;
  readonly graph: TaskGraph;
  readonly lanes: ReadonlyMap<string, BackendLane>;
  readonly defaults: TaskDefaults;
  /** Tasks of an earlier process, which may be submitted anew; absent in a session without a journal. */
  readonly restored: RestoredTasks | undefined;
}

/** A batch that was checked. */
export interface CheckedBatch {
  /** The record of each task, in order. */
  readonly records: readonly TaskRecord[];
  /** Those among them that are new. */
  readonly fresh: readonly TaskRecord[];
  /** What a journal is to keep of each new one, `undefined` where it has it; absent in a session without a journal. */
  readonly descriptions?: readonly (Encoded | undefined)[];
}

/**
 * Checks a batch whole and turns it into records, which nothing knows of yet.
 *
 * @throws {@link TaskValidationError} that lists every problem of every task; nothing has changed then.
 */
export function checkBatch(inputs: readonly unknown[], context: BatchContext): CheckedBatch {
  const { graph, lanes, restored } = context;
  const first = graph.nextSequence;
  const problems: TaskProblem[] = [];
  const candidates = inputs.flatMap((input, index) => {
    const record = toRecord(input, first + index, context);
    if (record instanceof TaskRecord) return record;
    problems.push(...record.map((flaw) => ({ index, uid: printableUid(input), ...flaw })));
    return [];
  });
  const note = (record: TaskRecord, flaw: Flaw): void => {
    problems.push({ index: record.sequence - first, uid: record.uid, ...flaw });
  };
  const returning = restored === undefined ? NOBODY : restored.match(candidates, graph, note);
  const fresh = returning.size === 0 ? candidates : candidates.filter((record) => !returning.has(record));
  let descriptions: CheckedBatch["descriptions"];
  try {
    linkBatch(fresh, { graph, owner: context.owner, broken: namesOfBroken(inputs, problems), note });
    for (const record of fresh) {
      const route = routeTask(record.plan, lanes);
      if (route instanceof BackendLane) record.backendName = route.name;
      else note(record, route);
      const flaw = cacheFlaw(record.plan, restored !== undefined);
      if (flaw !== undefined) note(record, flaw);
    }
    if (restored !== undefined) {
      descriptions = fresh.map((record) => (restored.isAwaited(record.uid) ? undefined : describe(record, note)));
    }
    if (problems.length > 0) throw new TaskValidationError(problems.toSorted((a, b) => a.index - b.index));
  } catch (error) {
    // A value with a getter that throws ends the check as well.
    for (const record of fresh) graph.unreserve(record);
    restored?.unmatch(returning);
    throw error;
  }
  graph.nextSequence += inputs.length;
  const records = candidates.map((candidate, index) => {
    const record = returning.get(candidate)?.record ?? candidate;
    bind(record, inputs[index]);
    return record;
  });
  restored?.claim(returning, fresh);
  return { records, fresh, ...(descriptions !== undefined && { descriptions }) };
}

const NOBODY: Returning = new Map();

/** What the journal is to keep of a record's description. */
function describe(record: TaskRecord, note: (record: TaskRecord, flaw: Flaw) => void): Encoded {
  const encoded = encodePlan(record.plan);
  if (!isFlaws(encoded)) return encoded;
  for (const flaw of encoded) note(record, flaw);
  return "";
}

/** A record that is yet to be checked with its batch, or what is wrong with the description by itself. */
function toRecord(input: unknown, sequence: number, { owner, defaults }: BatchContext): TaskRecord | readonly Flaw[] {
  const plan = parseTask(input, defaults);
  if (isTask(input) && Task.futureOf(input) !== undefined) {
    const message = "this task object was submitted before: build a new one to run it again";
    return [{ code: "TASK_ALREADY_SUBMITTED", message }, ...("work" in plan ? [] : plan)];
  }
  if (!("work" in plan)) return plan;
  const record = new TaskRecord(owner, plan, sequence);
  if (isTask(input)) record.handle = input;
  return record;
}

/** Gives an accepted record its future, and a task object its record. */
function bind(record: TaskRecord, input: unknown): void {
  const future = new TaskFuture(record);
  if (isTask(input)) Task.bind(input, future);
  else record.handle = future;
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
