import type { AsyncLocalStorage } from "node:async_hooks";
import { taskContext, type Session } from "@rhapsody/core";
import type { FlowNode } from "../node/flow-node.ts";
import type { Scope } from "../node/scope.ts";
import { submittedTasks } from "./cancel-nodes.ts";
import type { Submitter } from "./submitter.ts";

/** What blocks are run with. */
export interface BlockRunner {
  readonly session: Session;
  readonly submitter: Submitter;
  readonly orchestrator: string;
  readonly scopes: AsyncLocalStorage<Scope>;
}

/** Calls the body of a block; what it calls are its members, which end with it when it fails or is stopped. */
export async function runBlock(node: FlowNode, body: () => unknown, runner: BlockRunner): Promise<unknown> {
  const { signal } = taskContext();
  const end = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<never>();
  const leave = node.recipe?.settings.onFailure === "leave";
  const stop = (): void => {
    const gone = leave ? Promise.resolve() : stopMembers(node, signal.reason, runner);
    void gone.then(() => stopped.reject(signal.reason));
  };
  stopped.promise.catch(() => {});
  node.ended = end.promise;
  signal.addEventListener("abort", stop, { once: true });
  try {
    // An async function, so that what the body throws at once is a rejection as well.
    const run = runner.scopes.run({ block: node, workflow: node.scope.workflow }, async () => await body());
    return await Promise.race([run, stopped.promise]);
  } catch (error) {
    if (!leave) await stopMembers(node, `block ${node.name} failed`, runner);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    end.resolve();
  }
}

/** Cancels what has not settled of a block, and resolves once the work is gone. */
async function stopMembers(node: FlowNode, why: unknown, runner: BlockRunner): Promise<void> {
  const members = [...(node.members ?? [])];
  if (members.length === 0) return;
  const { session, orchestrator } = runner;
  const reason = why instanceof Error ? why.message : String(why);
  const tasks = await submittedTasks(members, reason, runner.submitter);
  const blocks = members.flatMap(({ ended }) => ended ?? []);
  // Of the engine's own tasks only until bodies have ended, not until the session says so: it may be stopping this block in the same go.
  void session.cancel(
    tasks.filter(({ backend }) => backend === orchestrator),
    reason,
  );
  const others = tasks.filter(({ backend }) => backend !== orchestrator);
  await Promise.all([session.cancel(others, reason), ...blocks]);
}
