import { AsyncLocalStorage } from "node:async_hooks";
import type { Session } from "@rhapsody/core";
import { EngineClosedError } from "../errors/flow-error.ts";
import { TaskCanceledError } from "../errors/task-errors.ts";
import { pathOfOutput } from "../files/stage-files.ts";
import { FlowHandle } from "../handle/flow-handle.ts";
import { FlowNode, type NodeOwner } from "../node/flow-node.ts";
import type { FlowWork, Recipe } from "../node/recipe.ts";
import { TOP, type Scope } from "../node/scope.ts";
import { toSettings } from "../options/settings.ts";
import { submittedTasks } from "./cancel-nodes.ts";
import { Ledger } from "./ledger.ts";
import { reasonOf } from "./reason-of.ts";
import { runBlock } from "./run-block.ts";
import { submitterOf, type Books, type Submitter } from "./submitter.ts";

/** What a caller is made of. */
export interface CallerParts {
  readonly uid: string;
  readonly session: Session;
  readonly orchestrator: string;
  readonly maxRetained: number;
}

/** Longest uid of a call that is made of the uids of the blocks around it; beyond it they are numbered by the engine alone. */
const MAX_UID_LENGTH = 100;

/** Turns calls into nodes, and nodes into tasks of the session. */
export class Caller implements NodeOwner, Books {
  readonly uid: string;
  readonly session: Session;
  readonly orchestrator: string;
  readonly ledger: Ledger;
  readonly submitter: Submitter;
  readonly scopes: AsyncLocalStorage<Scope> = new AsyncLocalStorage();
  /** `draining`: only what blocks that run call. */
  phase: "open" | "draining" | "closed" = "open";
  #calls = 0;
  readonly #stopFollowing: () => void;

  constructor({ uid, session, orchestrator, maxRetained }: CallerParts) {
    this.uid = uid;
    this.session = session;
    this.orchestrator = orchestrator;
    this.ledger = new Ledger(maxRetained, ({ uid: task, name, kind, outcome }) => {
      const error = outcome?.ok === false ? outcome.error : undefined;
      session.logger.error({ session: session.uid, task, name, kind, error }, "a call failed and nobody looked at it");
    });
    this.submitter = submitterOf(session);
    this.#stopFollowing = session.registerCallback((task, state) => this.ledger.moved(task.uid, state));
  }

  get workDir(): string {
    return this.session.workDir;
  }

  get nodeOf(): Ledger["nodeOf"] {
    return this.ledger.nodeOf;
  }

  scope(): Scope {
    return this.scopes.getStore() ?? TOP;
  }

  /** @throws EngineClosedError when the engine takes no more calls. */
  call(recipe: Recipe): FlowNode {
    const { signal, workflowId } = recipe.settings;
    const here = this.scope();
    if (this.phase !== "open" && (this.phase === "closed" || here.block === undefined)) {
      throw new EngineClosedError(this.uid);
    }
    const scope = workflowId === undefined ? here : { ...here, workflow: workflowId };
    const node = new FlowNode({ uid: this.#uidFor(scope), engine: this, scope, recipe });
    const stopped = scope.run?.stopped;
    if (stopped !== undefined) node.refusal = new TaskCanceledError(node, stopped);
    this.ledger.add(node);
    this.submitter.add(node, this);
    if (signal !== undefined) this.#obey(node, signal);
    return node;
  }

  /** Calls a function on the event loop, outside of the user's tasks. */
  orchestrate(kind: FlowNode["kind"], call: (...values: never[]) => unknown, args: readonly unknown[]): FlowNode {
    const { name } = call;
    // What stands in for the arguments are their values.
    const work: FlowWork = { kind: "orchestrated", call: (_, values) => call(...(values as never[])) };
    return this.call({ kind, name: name === "" ? undefined : name, settings: PLAIN, args, work });
  }

  /** Work that calls the body of a block. */
  blockWork(body: (...values: unknown[]) => unknown): FlowWork {
    return { kind: "orchestrated", call: (node, values) => runBlock(node, () => body(...values), this) };
  }

  async cancel(nodes: readonly FlowNode[], reason: string): Promise<void> {
    const tasks = await submittedTasks(nodes, reason, this.submitter);
    if (tasks.length > 0) await this.session.cancel(tasks, reason);
  }

  pick(node: FlowNode, key: PropertyKey): FlowNode {
    return this.orchestrate("pick", (value: Readonly<Record<PropertyKey, unknown>>) => value[key], [
      new FlowHandle(node),
    ]);
  }

  path(node: FlowNode, name: string): FlowNode {
    return this.orchestrate("path", async () => await pathOfOutput(node, name), [new FlowHandle(node)]);
  }

  /** Takes no notice of the session any more. */
  close(): void {
    this.phase = "closed";
    this.#stopFollowing();
    this.ledger.close();
  }

  #uidFor({ run }: Scope): string {
    if (run !== undefined && run.prefix.length < MAX_UID_LENGTH) {
      run.calls += 1;
      return `${run.prefix}.${run.calls}`;
    }
    this.#calls += 1;
    return `${this.uid}.${this.#calls}`;
  }

  #obey(node: FlowNode, signal: AbortSignal): void {
    const stop = (): void => void this.cancel([node], reasonOf(signal));
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    node.onSettled(() => signal.removeEventListener("abort", stop));
  }
}

const PLAIN = toSettings({});
