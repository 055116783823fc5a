import { TaskFuture } from "../task/task-future.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import { Task } from "../task/task.ts";
import type { Flaw } from "../validate/flaw.ts";
import { findHandles } from "./pending-values.ts";
import type { TaskGraph } from "./task-graph.ts";
import { TaskRecord, type RecordOwner } from "./task-record.ts";

/** What a batch is linked to, and where its flaws go. */
export interface LinkContext {
  readonly graph: TaskGraph;
  /** The session; two may have the same uid. */
  readonly owner: RecordOwner;
  /** Uids of tasks of the batch that did not get as far as a record; waiting for one is no flaw of its own. */
  readonly broken: ReadonlySet<string>;
  readonly note: (record: TaskRecord, flaw: Flaw) => void;
}

/**
 * Reserves the uids of a batch in the graph and finds the dependencies of each record, in the batch and before it.
 *
 * Records of the batch are those in state `NEW`. When the batch has flaws, the caller gives the uids back.
 */
export function linkBatch(batch: readonly TaskRecord[], context: LinkContext): void {
  for (const record of batch) {
    if (context.graph.reserve(record)) continue;
    const twice = context.graph.get(record.uid)?.state === "NEW";
    const where = twice ? "is used twice in the batch" : "was used before in this session";
    context.note(record, { code: "TASK_UID_DUPLICATE", message: `uid ${record.uid} ${where}` });
  }
  let inner = false;
  for (const record of batch) {
    let dependencies: Set<TaskRecord> | undefined;
    const add = (dependency: string | TaskHandle): void => {
      const found = find(dependency, context);
      if (found === undefined) return;
      if (!(found instanceof TaskRecord)) return context.note(record, found);
      (dependencies ??= new Set()).add(found);
      inner ||= found.state === "NEW";
    };
    record.plan.dependencies?.forEach(add);
    forEachValue(record, add);
    if (dependencies !== undefined) record.dependencies = [...dependencies];
  }
  if (inner) noteCycles(batch, context);
}

/** Calls `found` for each task that stands for a value of the work. */
function forEachValue(record: TaskRecord, found: (handle: TaskHandle) => void): void {
  const { work } = record.plan;
  if (work.kind === "function") {
    if (work.args.length > 0) findHandles(work.args, found);
  } else if (work.kind === "executable") {
    if (work.stdin !== undefined) findHandles(work.stdin, found);
    if (typeof work.arguments !== "function" && work.arguments.length > 0) findHandles(work.arguments, found);
  }
}

/** The record of a dependency, what is wrong with it, or `undefined` when it is no fault of the task's. */
function find(dependency: string | TaskHandle, { graph, owner, broken }: LinkContext): TaskRecord | Flaw | undefined {
  const uid = typeof dependency === "string" ? dependency : dependency.uid;
  const known = graph.get(uid);
  if (known === undefined && broken.has(uid)) return undefined;
  if (typeof dependency === "string") return known ?? missing(uid, graph.has(uid));
  const source = TaskFuture.sourceOf(Task.futureOf(dependency) ?? dependency);
  if (!(source instanceof TaskRecord)) {
    if (known?.handle === dependency) return known;
    const message = `dependency ${uid} is a task that was not submitted: submit it before, or in the same batch`;
    return { code: "TASK_DEPENDENCY_UNKNOWN", message };
  }
  if (source.owner === owner) return source;
  const message = `dependency ${uid} belongs to another session (${source.owner.sessionUid}): await it there and pass its value`;
  return { code: "TASK_DEPENDENCY_UNKNOWN", message };
}

function missing(uid: string, released: boolean): Flaw {
  if (!released) {
    const message = `dependency ${JSON.stringify(uid)} is neither in this batch nor submitted before`;
    return { code: "TASK_DEPENDENCY_UNKNOWN", message };
  }
  const message = `dependency ${uid} settled long ago and its result was released: depend on its task object or future, or raise the session's retainedResults`;
  return { code: "TASK_DEPENDENCY_RELEASED", message };
}

/**
 * Kahn's algorithm over the batch: takes away records without open dependencies until none is left. When it sticks, following open
 * dependencies must come round to a cycle; its members are noted and taken away, and so on.
 */
function noteCycles(batch: readonly TaskRecord[], { note }: LinkContext): void {
  const open = new Map<TaskRecord, number>();
  const dependents = new Map<TaskRecord, TaskRecord[]>();
  for (const record of batch) {
    const inside = record.dependencies.filter((dependency) => dependency.state === "NEW");
    open.set(record, inside.length);
    for (const dependency of inside) {
      const list = dependents.get(dependency);
      if (list === undefined) dependents.set(dependency, [record]);
      else list.push(record);
    }
  }
  const takeAway = (free: TaskRecord[]): void => {
    for (let record = free.pop(); record !== undefined; record = free.pop()) {
      // The members of a cycle free each other as well.
      if (!open.delete(record)) continue;
      for (const dependent of dependents.get(record) ?? []) {
        const left = (open.get(dependent) ?? 0) - 1;
        if (open.has(dependent)) open.set(dependent, left);
        if (left === 0) free.push(dependent);
      }
    }
  };
  takeAway(batch.filter((record) => open.get(record) === 0));
  for (let [start] = open.keys(); start !== undefined; [start] = open.keys()) {
    const cycle = cycleFrom(start, open);
    const message = `depends on itself: ${wayRound(cycle)}`;
    for (const record of cycle) note(record, { code: "TASK_DEPENDENCY_CYCLE", message });
    takeAway(cycle);
  }
}

/** Follows open dependencies from a record until one comes up twice; the records between are a cycle. */
function cycleFrom(start: TaskRecord, open: ReadonlyMap<TaskRecord, number>): TaskRecord[] {
  const path: TaskRecord[] = [];
  const seen = new Set<TaskRecord>();
  let record: TaskRecord | undefined = start;
  while (record !== undefined && !seen.has(record)) {
    seen.add(record);
    path.push(record);
    record = record.dependencies.find((dependency) => open.has(dependency));
  }
  return record === undefined ? path : path.slice(path.indexOf(record));
}

/** Most uids of a cycle that a message names. */
const MAX_NAMED = 10;

function wayRound(cycle: readonly TaskRecord[]): string {
  const named = cycle.slice(0, MAX_NAMED).map(({ uid }) => uid);
  if (cycle.length > MAX_NAMED) named.push(`… ${cycle.length - MAX_NAMED} more …`);
  return [...named, ...named.slice(0, 1)].join(" → ");
}
