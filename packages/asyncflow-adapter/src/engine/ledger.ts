import { isTerminal, type TaskState } from "@rhapsody/core";
import { DependencyFailureError } from "../errors/task-errors.ts";
import type { FlowEvent } from "../events/flow-event.ts";
import { FlowEvents } from "../events/flow-events.ts";
import type { FlowOutcome } from "../handle/outcome.ts";
import { callUidOf } from "../node/call-uid.ts";
import { outcomeOf } from "../node/error-of.ts";
import type { FlowNode } from "../node/flow-node.ts";

/** How many calls an engine has had, by how they stand. */
export interface FlowProgress {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly running: number;
  /** Not running yet. */
  readonly waiting: number;
}

/** Every call of an engine: those that have not settled, and the latest that have. */
export class Ledger {
  readonly #maxRetained: number;
  readonly #tellUnseen: (node: FlowNode) => void;
  /** In the order of the calls. */
  readonly #nodes = new Map<string, FlowNode>();
  /** Settled calls that are kept; a ring once it is full, oldest at `#oldest`. */
  readonly #settled: FlowNode[] = [];
  #oldest = 0;
  readonly #counts = { total: 0, done: 0, failed: 0, cancelled: 0, running: 0 };
  #idle: PromiseWithResolvers<void> | undefined;
  readonly #streams = new Set<FlowEvents>();

  /** @param tellUnseen - Hears of failures that nobody looked at for as long as they were kept. */
  constructor(maxRetained: number, tellUnseen: (node: FlowNode) => void) {
    this.#maxRetained = maxRetained;
    this.#tellUnseen = tellUnseen;
  }

  get nodes(): Iterable<FlowNode> {
    return this.#nodes.values();
  }

  get progress(): FlowProgress {
    const { total, done, failed, cancelled, running } = this.#counts;
    return { total, done, failed, cancelled, running, waiting: this.unsettled - running };
  }

  get unsettled(): number {
    const { total, done, failed, cancelled } = this.#counts;
    return total - done - failed - cancelled;
  }

  readonly nodeOf = (taskUid: string): FlowNode | undefined =>
    this.#nodes.get(taskUid) ?? this.#nodes.get(callUidOf(taskUid));

  add(node: FlowNode): void {
    this.#counts.total += 1;
    this.#nodes.set(node.uid, node);
    const { block } = node.scope;
    if (block !== undefined) (block.members ??= new Set()).add(node);
    this.#tell(node, "NEW");
  }

  /** A stream of what happens from now on. */
  events(bufferSize: number): FlowEvents {
    const stream = new FlowEvents(bufferSize, (closed) => this.#streams.delete(closed));
    this.#streams.add(stream);
    return stream;
  }

  /** Tells of the failures that are kept and nobody looked at. */
  tellUnseen(): void {
    for (const node of this.#nodes.values()) if (isUnseen(node)) this.#tellUnseen(node);
  }

  /** Ends all streams. */
  close(): void {
    for (const stream of this.#streams) stream.close();
    this.#streams.clear();
  }

  /** A task of the session reached a state. */
  moved(taskUid: string, state: TaskState): void {
    const node = this.nodeOf(taskUid);
    if (node === undefined || node.outcome !== undefined) return;
    if (taskUid === node.work?.uid) {
      this.#runs(node, state === "EXECUTING");
      if (!isTerminal(state)) this.#tell(node, state);
    }
    if (isTerminal(state)) this.settleIfOver(node);
  }

  /** Settles a node whose last task has settled. */
  settleIfOver(node: FlowNode): void {
    const { tasks } = node;
    const last = tasks.at(-1);
    if (node.outcome === undefined && last !== undefined && isTerminal(last.state)) {
      this.settle(node, outcomeOf(node, tasks, this.nodeOf));
    }
  }

  /** Gives a node its outcome. */
  settle(node: FlowNode, outcome: FlowOutcome<unknown>): void {
    this.#runs(node, false);
    this.#counts[tallyOf(outcome)] += 1;
    node.scope.block?.members?.delete(node);
    noteObserved(node, outcome);
    node.settle(outcome);
    this.#tell(node, node.state);
    this.#retain(node);
    if (this.unsettled > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** Resolves when no call is unsettled. */
  async idle(): Promise<void> {
    if (this.unsettled === 0) return;
    this.#idle ??= Promise.withResolvers();
    await this.#idle.promise;
  }

  #runs(node: FlowNode, running: boolean): void {
    if (node.running === running) return;
    node.running = running;
    this.#counts.running += running ? 1 : -1;
  }

  #tell({ uid, name, kind, scope, work, outcome }: FlowNode, state: TaskState): void {
    if (this.#streams.size === 0) return;
    const event: FlowEvent = {
      at: Date.now(),
      uid,
      name,
      kind,
      state,
      ...(work?.backend !== undefined && { backend: work.backend }),
      ...(scope.workflow !== undefined && { workflowId: scope.workflow }),
      ...(scope.block !== undefined && { block: scope.block.uid }),
      ...(outcome?.ok === false && { error: outcome.error }),
    };
    for (const stream of this.#streams) stream.push(event);
  }

  /** Keeps a settled node, in the place of the oldest when there are enough. */
  #retain(node: FlowNode): void {
    if (this.#settled.length < this.#maxRetained) {
      this.#settled.push(node);
      return;
    }
    const oldest = this.#settled[this.#oldest] ?? node;
    if (isUnseen(oldest)) this.#tellUnseen(oldest);
    this.#nodes.delete(oldest.uid);
    if (this.#maxRetained === 0) return;
    this.#settled[this.#oldest] = node;
    this.#oldest = (this.#oldest + 1) % this.#maxRetained;
  }
}

function isUnseen({ observed, outcome }: FlowNode): boolean {
  return !observed && outcome?.ok === false && outcome.state === "FAILED";
}

function noteObserved(node: FlowNode, outcome: FlowOutcome<unknown>): void {
  // The engine tells of failures that nobody looked at, so the session need not.
  for (const task of node.tasks) Reflect.get(task, "result");
  // The dependent's error carries the failures on, or it was made to go on without them.
  const carried = !outcome.ok && outcome.error instanceof DependencyFailureError;
  const settings = node.recipe?.settings;
  if (!carried && settings?.when === "allSuccess" && settings.fallback === undefined) return;
  for (const dependency of node.dependencies) dependency.observed = true;
}

function tallyOf(outcome: FlowOutcome<unknown>): "done" | "failed" | "cancelled" {
  if (outcome.ok) return "done";
  return outcome.state === "FAILED" ? "failed" : "cancelled";
}
