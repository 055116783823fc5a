import type { AsyncLocalStorage } from "node:async_hooks";
import { taskContext, type Session } from "@rhapsody/core";
import type { FlowNode } from "../node/flow-node.ts";
import type { BlockRun, Scope } from "../node/scope.ts";
import { submittedTasks } from "./cancel-nodes.ts";
import { reasonOf } from "./reason-of.ts";
import type { Submitter } from "./submitter.ts";

/** What blocks are run with. */
export interface BlockRunner {
  readonly session: Session;
  readonly submitter: Submitter;
  readonly orchestrator: string;
  readonly scopes: AsyncLocalStorage<Scope>;
}

/** Calls the body of a block; what it calls are its members, which end with it when it fails or is stopped. A body that goes on after that calls nothing more. */
export async function runBlock(node: FlowNode, body: () => unknown, runner: BlockRunner): Promise<unknown> {
  const { signal } = taskContext();
  const end = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<never>();
  const leave = node.recipe?.settings.onFailure === "leave";
  node.runs += 1;
  const prefix = node.runs === 1 ? node.uid : `${node.uid}.try${node.runs}`;
  const run: BlockRun = { prefix, calls: 0, stopped: undefined };
  let gone: Promise<void> | undefined;
  const stop = (): void => {
    if (!leave) run.stopped = reasonOf(signal);
    gone = run.stopped === undefined ? Promise.resolve() : stopMembersToo(node, run.stopped, runner);
    void gone.then(() => stopped.reject(signal.reason));
  };
  stopped.promise.catch(() => {});
  node.ended = end.promise;
  signal.addEventListener("abort", stop, { once: true });
  try {
    // An async function, so that what the body throws at once is a rejection as well.
    const scope = { block: node, workflow: node.scope.workflow, run };
    const value = runner.scopes.run(scope, async () => await body());
    return await Promise.race([value, stopped.promise]);
  } catch (error) {
    if (!leave) {
      run.stopped ??= `block ${node.name} failed`;
      await (gone ?? stopMembers(node, run.stopped, runner));
    }
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
    end.resolve();
  }
}

/** Cancels what has not settled of a block, and resolves once the work is gone. */
async function stopMembers(node: FlowNode, reason: string, runner: BlockRunner): Promise<void> {
  const members = [...(node.members ?? [])];
  if (members.length === 0) return;
  const { session, submitter } = runner;
  await session.cancel(await submittedTasks(members, reason, submitter), reason);
}

/**
 * As {@link stopMembers}, in a block that is itself being stopped. Of the engine's own tasks it waits for the bodies only, not for the session to say that they
 * are gone: the session may be stopping them in one go with this block, for which it waits then.
 */
async function stopMembersToo(node: FlowNode, reason: string, runner: BlockRunner): Promise<void> {
  const members = [...(node.members ?? [])];
  if (members.length === 0) return;
  const { session, submitter, orchestrator } = runner;
  const tasks = await submittedTasks(members, reason, submitter);
  const bodies = members.flatMap(({ ended }) => ended ?? []);
  const [own, others] = [true, false].map((is) => tasks.filter(({ backend }) => (backend === orchestrator) === is));
  void session.cancel(own ?? [], reason);
  await Promise.all([session.cancel(others ?? [], reason), ...bodies]);
}
