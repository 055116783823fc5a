import type { Task } from "@rhapsody/core";
import { TaskCanceledError } from "../errors/task-errors.ts";
import type { FlowNode } from "../node/flow-node.ts";
import type { Submitter } from "./submitter.ts";

/**
 * The tasks of nodes that are to be cancelled, once the session has them. Those that are still on their way to it never begin.
 */
export async function submittedTasks(
  nodes: readonly FlowNode[],
  reason: string,
  submitter: Submitter,
): Promise<readonly Task[]> {
  for (const node of nodes) {
    if (node.submission === undefined) node.refusal ??= new TaskCanceledError(node, reason);
  }
  await Promise.all(nodes.map((node) => submitter.flushed(node)));
  return nodes.flatMap(({ outcome, tasks }) => (outcome === undefined ? tasks : []));
}
