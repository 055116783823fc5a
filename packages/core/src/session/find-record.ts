import { SessionError } from "../errors/session-error.ts";
import type { TaskGraph } from "../graph/task-graph.ts";
import { TaskRecord, type RecordOwner } from "../graph/task-record.ts";
import { TaskFuture } from "../task/task-future.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import { Task } from "../task/task.ts";

/**
 * The record behind a uid, task object or future.
 *
 * @throws {@link SessionError} `TASK_UNKNOWN` when it was not submitted to this session, or is long settled and only named by uid.
 */
export function findRecord(task: TaskHandle | string, graph: TaskGraph, owner: RecordOwner): TaskRecord {
  if (typeof task !== "string") {
    const source = TaskFuture.sourceOf(Task.futureOf(task) ?? task);
    if (source instanceof TaskRecord && source.owner === owner) return source;
    throw new SessionError("TASK_UNKNOWN", `[session] task ${task.uid} was not submitted to this session`);
  }
  const record = graph.get(task);
  if (record !== undefined) return record;
  const message = graph.has(task)
    ? `the result of ${task} was released: keep its future, or raise the session's retainedResults`
    : `no task ${JSON.stringify(task)} was submitted to this session`;
  throw new SessionError("TASK_UNKNOWN", `[session] ${message}`);
}
