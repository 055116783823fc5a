import { DependencyError, TaskCancelledError, TaskExecutionError, type Task } from "@rhapsody/core";
import { FlowError } from "../errors/flow-error.ts";
import { DependencyFailureError, label, TaskCanceledError, TaskFailedError } from "../errors/task-errors.ts";
import type { FlowOutcome } from "../handle/outcome.ts";
import { thrownBy } from "../options/flow-retry.ts";
import { callUidOf } from "./call-uid.ts";
import type { FlowNode } from "./flow-node.ts";

/** Finds the node that a task of the session belongs to. */
export type NodeOf = (taskUid: string) => FlowNode | undefined;

/** The outcome of a node of which all tasks up to one of the list have settled. */
export function outcomeOf(node: FlowNode, tasks: readonly Task[], nodeOf: NodeOf): FlowOutcome<unknown> {
  const last = tasks.at(-1);
  if (last?.state === "DONE") return { ok: true, value: last.returnValue };
  const error = node.refusal ?? errorOf(node, tasks, nodeOf);
  return { ok: false, error, state: error.code === "FLOW_TASK_CANCELED" ? "CANCELLED" : "FAILED" };
}

function errorOf(node: FlowNode, tasks: readonly Task[], nodeOf: NodeOf): FlowError {
  // What comes after the work speaks for the whole; else what failed first does.
  const last = tasks.at(-1);
  const failed = last?.error instanceof TaskExecutionError ? last : tasks.find(({ error }) => error !== undefined);
  const error = failed?.error;
  if (error instanceof TaskCancelledError) return new TaskCanceledError(node, error.reason, { cause: error });
  if (error instanceof DependencyError) return dependencyFailure(node, error, nodeOf);
  if (!(error instanceof TaskExecutionError)) {
    return new TaskFailedError(node, {
      failure: "BACKEND_LOST",
      attempts: 0,
      message: "it never settled",
      cause: error,
    });
  }
  const cause = thrownBy(error);
  // The engine's own tasks say themselves what is wrong.
  if ((failed !== node.work || node.kind === "path") && cause instanceof FlowError) return cause;
  return new TaskFailedError(node, { failure: error.code, attempts: error.attempt, message: plain(error), cause });
}

function dependencyFailure(node: FlowNode, error: DependencyError, nodeOf: NodeOf): DependencyFailureError {
  const root = nodeOf(error.rootCause);
  const failedDependencies = node.dependencies.filter(({ outcome }) => outcome?.ok === false).map(({ uid }) => uid);
  return new DependencyFailureError(node, {
    rootCause: root?.outcome?.ok === false ? beginOf(root.outcome.error) : causeOf(error),
    root: root === undefined ? callUidOf(error.rootCause) : label(root),
    path: () => pathOf(node.uid, error),
    failedDependencies,
  });
}

/** The calls on the way down to the root cause, without the engine's own tasks between them. */
function pathOf(uid: string, error: DependencyError): readonly string[] {
  const path: string[] = [];
  for (const step of error.path) {
    const call = callUidOf(step);
    if (call !== uid && call !== path.at(-1)) path.push(call);
  }
  return path;
}

/** What a failure began with: what was thrown, where something was. */
export function beginOf(error: FlowError): unknown {
  return error instanceof TaskFailedError ? error.cause : error;
}

function causeOf({ cause }: DependencyError): unknown {
  return cause instanceof TaskExecutionError ? thrownBy(cause) : cause;
}

/** The message without the `[uid on backend]` in front, which the flow's error has its own of. */
function plain({ message }: Error): string {
  return message.replace(/^\[[^\]]*\] /, "");
}
