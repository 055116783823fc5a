import type { Task, TaskState } from "@rhapsody/core";
import type { FlowError } from "../errors/flow-error.ts";
import type { FlowOutcome } from "../handle/outcome.ts";
import { forgetDescription } from "./forget-description.ts";
import type { Recipe } from "./recipe.ts";
import type { Scope } from "./scope.ts";

/** What an engine knows of one handle. Plain data; the engine's parts change it in turn. */
export class FlowNode {
  readonly uid: string;
  readonly name: string;
  readonly kind: FlowKind;
  /** Uid of the session that it lives in, and whose engine made it. */
  readonly engine: NodeOwner;
  /** Where it was called. */
  readonly scope: Scope;
  /** How its tasks are built; let go of once settled. */
  recipe: Recipe | undefined;
  /** The tasks of the session that it stands for, in the order in which they run; its value is that of the last. Empty until they are built. */
  tasks: readonly Task[] = NO_TASKS;
  /** The one among them that does the user's work. */
  work: Task | undefined = undefined;
  /** What keeps the task from being submitted as it is described. */
  refusal: FlowError | undefined = undefined;
  /** Directory of its files, when it has any. */
  directory: string | undefined = undefined;
  /** Names of the files that it leaves there. */
  readonly outputs: readonly string[];
  /** Resolves once the session has the tasks. */
  submission: Promise<void> | undefined = undefined;
  /** Handles that it waits for; let go of once settled. */
  dependencies: readonly FlowNode[] = NONE;
  /** Their uids, which stay. */
  dependencyUids: readonly string[] = NO_UIDS;
  /** Unsettled handles that were called inside of it. */
  members: Set<FlowNode> | undefined = undefined;
  /** How often the body of a block was called. */
  runs = 0;
  /** Resolves when the call of a block's body has ended. */
  ended: Promise<void> | undefined = undefined;
  /** True while the work runs. */
  running = false;
  outcome: FlowOutcome<unknown> | undefined = undefined;
  /** True once somebody asked for the outcome. */
  observed = false;
  #listeners: Listener | Listener[] | undefined = undefined;

  constructor(init: Pick<FlowNode, "uid" | "engine" | "scope"> & { readonly recipe: Recipe }) {
    this.uid = init.uid;
    this.engine = init.engine;
    this.scope = init.scope;
    this.name = init.recipe.name ?? init.uid;
    this.kind = init.recipe.kind;
    this.recipe = init.recipe;
    this.outputs = init.recipe.settings.outputs;
  }

  get state(): TaskState {
    if (this.outcome !== undefined) return this.outcome.ok ? "DONE" : this.outcome.state;
    return this.work?.state ?? "NEW";
  }

  /** Resolves to the outcome. */
  whenSettled(): Promise<FlowOutcome<unknown>> {
    this.observed = true;
    return this.outcome === undefined
      ? new Promise((resolve) => this.onSettled(resolve))
      : Promise.resolve(this.outcome);
  }

  /** Calls a function once there is an outcome. */
  onSettled(listener: Listener): void {
    if (this.outcome !== undefined) listener(this.outcome);
    // Most have one, and a list takes much room.
    else if (this.#listeners === undefined) this.#listeners = listener;
    else if (typeof this.#listeners === "function") this.#listeners = [this.#listeners, listener];
    else this.#listeners.push(listener);
  }

  /** Gives the outcome to whoever waits; the ledger calls it once. */
  settle(outcome: FlowOutcome<unknown>): void {
    this.outcome = outcome;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    this.recipe = undefined;
    this.dependencies = NONE;
    this.tasks.forEach(forgetDescription);
    if (this.tasks.length > 1) this.tasks = this.tasks.slice(-1);
    if (typeof listeners === "function") listeners(outcome);
    else listeners?.forEach((listener) => listener(outcome));
  }
}

/** What a handle stands for. */
export type FlowKind = "function" | "executable" | "prompt" | "block" | "map" | "gather" | "pick" | "path";

/** The engine of a node, as its handles see it. */
export interface NodeOwner {
  readonly uid: string;
  /** Tells sessions apart, of which two may have the same uid. */
  readonly session: object;
  /** The scope of the calling code. */
  scope(): Scope;
  cancel(nodes: readonly FlowNode[], reason: string): Promise<void>;
  pick(node: FlowNode, key: PropertyKey): FlowNode;
  path(node: FlowNode, name: string): FlowNode;
}

type Listener = (outcome: FlowOutcome<unknown>) => void;

/** No tasks yet. */
export const NO_TASKS: readonly Task[] = [];
const NO_UIDS: readonly string[] = [];
const NONE: readonly FlowNode[] = [];
