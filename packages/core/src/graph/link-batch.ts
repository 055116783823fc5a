import type { Flaw } from "../validate/parse-task.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import { TaskFuture } from "../task/task-future.ts";
import { Task } from "../task/task.ts";
import { findHandles } from "./pending-values.ts";
import type { TaskGraph } from "./task-graph.ts";
import { TaskRecord } from "./task-record.ts";

/** A record of the batch under check, with what the user handed in and what is wrong with it. */
export interface Candidate {
  readonly index: number;
  readonly input: unknown;
  readonly record: TaskRecord;
  readonly flaws: Flaw[];
}

/**
 * Finds the dependencies of each record of a batch, inside it and in the graph, and notes what is wrong. Changes the new records only.
 *
 * @param broken - Uids of tasks of the batch with flaws of their own; waiting for one is no flaw.
 */
export function linkBatch(
  candidates: readonly Candidate[],
  graph: TaskGraph,
  sessionUid: string,
  broken: ReadonlySet<string>,
): void {
  const batch = new Map<string, Candidate>();
  for (const candidate of candidates) {
    const { uid } = candidate.record;
    if (batch.has(uid)) {
      candidate.flaws.push({ code: "TASK_UID_DUPLICATE", message: `uid ${uid} is used twice in the batch` });
    } else {
      batch.set(uid, candidate);
      if (graph.has(uid)) {
        candidate.flaws.push({ code: "TASK_UID_DUPLICATE", message: `uid ${uid} was used before in this session` });
      }
    }
  }
  let inner = false;
  for (const candidate of candidates) {
    const dependencies = new Set<TaskRecord>();
    const add = (dependency: string | TaskHandle): void => {
      const uid = typeof dependency === "string" ? dependency : dependency.uid;
      if (broken.has(uid) && !batch.has(uid)) return;
      const record = find(dependency, candidate, batch, graph, sessionUid);
      if (record === undefined) return;
      dependencies.add(record);
      inner ||= record.state === "NEW";
    };
    candidate.record.plan.dependencies?.forEach(add);
    forEachValue(candidate.record, add);
    if (dependencies.size > 0) candidate.record.dependencies = [...dependencies];
  }
  if (inner) noteCycles(candidates);
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

function find(
  dependency: string | TaskHandle,
  candidate: Candidate,
  batch: ReadonlyMap<string, Candidate>,
  graph: TaskGraph,
  sessionUid: string,
): TaskRecord | undefined {
  if (typeof dependency === "string") {
    const record = batch.get(dependency)?.record ?? graph.get(dependency);
    if (record !== undefined) return record;
    candidate.flaws.push(
      graph.has(dependency)
        ? {
            code: "TASK_DEPENDENCY_RELEASED",
            message: `dependency ${dependency} settled long ago and its result was released: depend on its task object or future, or raise the session's retainedResults`,
          }
        : {
            code: "TASK_DEPENDENCY_UNKNOWN",
            message: `dependency ${JSON.stringify(dependency)} is neither in this batch nor submitted before`,
          },
    );
    return undefined;
  }
  const source = TaskFuture.sourceOf(Task.futureOf(dependency) ?? dependency);
  if (source instanceof TaskRecord) {
    if (source.owner.sessionUid === sessionUid) return source;
    candidate.flaws.push({
      code: "TASK_DEPENDENCY_UNKNOWN",
      message: `dependency ${dependency.uid} belongs to another session (${source.owner.sessionUid}): await it there and pass its value`,
    });
    return undefined;
  }
  const sibling = batch.get(dependency.uid);
  if (sibling?.input === dependency) return sibling.record;
  candidate.flaws.push({
    code: "TASK_DEPENDENCY_UNKNOWN",
    message: `dependency ${dependency.uid} is a task that was not submitted: submit it before, or in the same batch`,
  });
  return undefined;
}

/**
 * Kahn's algorithm over the batch: takes away records without open dependencies until none is left. When it sticks, following open
 * dependencies must come round to a cycle; its members are noted and taken away, and so on.
 */
function noteCycles(candidates: readonly Candidate[]): void {
  const open = new Map<TaskRecord, number>();
  const dependents = new Map<TaskRecord, TaskRecord[]>();
  for (const { record } of candidates) {
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
      open.delete(record);
      for (const dependent of dependents.get(record) ?? []) {
        const left = (open.get(dependent) ?? 0) - 1;
        if (open.has(dependent)) open.set(dependent, left);
        if (left === 0) free.push(dependent);
      }
    }
  };
  takeAway(candidates.map(({ record }) => record).filter((record) => open.get(record) === 0));
  const byRecord = new Map(candidates.map((candidate) => [candidate.record, candidate]));
  for (let [start] = open.keys(); start !== undefined; [start] = open.keys()) {
    const cycle = cycleFrom(start, open);
    const message = `depends on itself: ${[...cycle, ...cycle.slice(0, 1)].map(({ uid }) => uid).join(" → ")}`;
    for (const record of cycle) byRecord.get(record)?.flaws.push({ code: "TASK_DEPENDENCY_CYCLE", message });
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
