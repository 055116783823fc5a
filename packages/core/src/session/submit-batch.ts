import type { BackendLane } from "../dispatch/backend-lane.ts";
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
  /** Tasks accepted so far. */
  readonly accepted: number;
}

/**
 * Checks a batch whole and turns it into records, which nothing knows of yet.
 *
 * @throws {@link TaskValidationError} that lists every problem of every task; nothing has changed then.
 */
export function toRecords(inputs: readonly unknown[], context: BatchContext): readonly TaskRecord[] {
  const problems: TaskProblem[] = [];
  const candidates: Candidate[] = [];
  inputs.forEach((input, index) => {
    const flaws: Flaw[] = [];
    if (isTask(input) && Task.futureOf(input) !== undefined) {
      flaws.push({
        code: "TASK_ALREADY_SUBMITTED",
        message: "this task object was submitted before: build a new one to run it again",
      });
    }
    const plan = parseTask(input, context.defaults, flaws);
    if (plan === undefined) {
      problems.push(...flaws.map((flaw) => ({ index, uid: printableUid(input), ...flaw })));
    } else {
      candidates.push({ index, input, flaws, record: new TaskRecord(context.owner, plan, context.accepted + index) });
    }
  });
  linkBatch(candidates, {
    graph: context.graph,
    sessionUid: context.owner.sessionUid,
    broken: namesOfBroken(inputs, candidates),
  });
  for (const { index, record, flaws } of candidates) {
    record.backendName = routeTask(record.plan, context.lanes, flaws)?.name;
    for (const flaw of flaws) problems.push({ index, uid: record.uid, ...flaw });
  }
  if (problems.length > 0) throw new TaskValidationError(problems.toSorted((a, b) => a.index - b.index));
  return candidates.map(({ input, record }) => {
    const future = new TaskFuture(record);
    record.handle = isTask(input) ? input : future;
    if (isTask(input)) Task.bind(input, future);
    return record;
  });
}

/** Uids of the tasks that did not get as far as a record: what depends on them is not to blame for that. */
function namesOfBroken(inputs: readonly unknown[], candidates: readonly Candidate[]): ReadonlySet<string> {
  if (candidates.length === inputs.length) return new Set();
  return new Set(inputs.map(printableUid).filter((uid) => uid !== undefined));
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
