import { AsyncLocalStorage } from "node:async_hooks";
import { RhapsodyError, TaskValidationError, type Session, type Task } from "@rhapsody/core";
import { EngineClosedError, FlowError } from "../errors/flow-error.ts";
import { label } from "../errors/task-errors.ts";
import { standIn, TaskBuilder, type Workshop } from "../node/build-tasks.ts";
import { NO_TASKS, type FlowNode } from "../node/flow-node.ts";
import { waitsForBlock } from "../node/waits-for-block.ts";
import type { Ledger } from "./ledger.ts";

/** The parts of an engine that its nodes are built and booked with. */
export interface Books extends Workshop {
  readonly ledger: Ledger;
}

interface Entry {
  readonly node: FlowNode;
  readonly books: Books;
}

const submitters = new WeakMap<Session, Submitter>();

/** The submitter of a session, which all engines on it share, so that their handles can be mixed. */
export function submitterOf(session: Session): Submitter {
  let submitter = submitters.get(session);
  if (submitter === undefined) {
    submitter = new Submitter(session);
    submitters.set(session, submitter);
  }
  return submitter;
}

/** Hands nodes to their session: those of one turn together, one batch after the other. */
export class Submitter {
  readonly #session: Session;
  #waiting: Entry[] = [];
  #submitting: Promise<void> | undefined;
  /** Tasks are started in no block's scope, whichever call made the batch. */
  readonly #outside = AsyncLocalStorage.snapshot();

  constructor(session: Session) {
    this.#session = session;
  }

  add(node: FlowNode, books: Books): void {
    this.#waiting.push({ node, books });
    this.#submitting ??= this.#outside(() => Promise.resolve().then(() => this.#work()));
  }

  /** Resolves once the session has a node's tasks. */
  async flushed(node: FlowNode): Promise<void> {
    while (node.submission === undefined) await this.#submitting;
    await node.submission;
  }

  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const entries = this.#waiting;
      this.#waiting = [];
      const submission = this.#submit(entries);
      for (const { node } of entries) node.submission = submission;
      await submission;
    }
    this.#submitting = undefined;
  }

  /** Submits a batch; what the session refuses fails by itself, and what depends on it goes down with it. Never rejects. */
  async #submit(entries: readonly Entry[]): Promise<void> {
    for (;;) {
      const owners: FlowNode[] = [];
      const tasks: Task[] = [];
      for (const { node } of buildAll(entries, this.#session)) {
        for (const task of node.tasks) {
          owners.push(node);
          tasks.push(task);
        }
      }
      try {
        await this.#session.submitTasks(tasks);
        // Of a resumed session: some may have settled long ago.
        for (const { node, books } of entries) books.ledger.settleIfOver(node);
        return;
      } catch (error) {
        const refused = error instanceof TaskValidationError ? refuse(error, owners) : false;
        if (refused) continue;
        for (const { node, books } of entries) {
          const failure = notTaken(node, error);
          if (node.outcome === undefined) books.ledger.settle(node, { ok: false, error: failure, state: "FAILED" });
        }
        return;
      }
    }
  }
}

/** Builds the tasks of a batch, those that others of it stand on first. */
function buildAll(entries: readonly Entry[], session: Session): readonly Entry[] {
  let byNode: Map<FlowNode, Entry> | undefined;
  /** One inside of the other; seldom more than a few. */
  const building: FlowNode[] = [];
  const built: Entry[] = [];
  const taskOf = (node: FlowNode): Task => {
    if (building.includes(node)) throw cyclic(node, "it stands in its own arguments");
    if (node.tasks === NO_TASKS) {
      byNode ??= new Map(entries.map((entry) => [entry.node, entry]));
      const entry = byNode.get(node);
      if (entry !== undefined) build(entry);
    }
    const task = node.tasks.at(-1);
    if (node.engine.session === session && task !== undefined) return task;
    const message = `[${label(node)}] this handle is of another session: await it and pass its value`;
    throw new FlowError("FLOW_FOREIGN_HANDLE", message);
  };
  const build = (entry: Entry): void => {
    const { node, books } = entry;
    building.push(node);
    if (node.refusal === undefined) tryToBuild(entry, taskOf);
    if (node.refusal !== undefined) {
      node.work = standIn(node, node.refusal, books);
      node.tasks = [node.work];
    }
    building.pop();
    built.push(entry);
  };
  // Those of an earlier try are not used again.
  for (const { node } of entries) node.tasks = NO_TASKS;
  for (const entry of entries) if (entry.node.tasks === NO_TASKS) build(entry);
  return built;
}

function tryToBuild({ node, books }: Entry, taskOf: (node: FlowNode) => Task): void {
  if (node.recipe === undefined) return;
  try {
    new TaskBuilder(node, node.recipe, books).build(taskOf);
    if (node.dependencies.some((dependency) => waitsForBlock(dependency, node.scope))) {
      throw cyclic(node, "it waits for a block that it is a member of");
    }
  } catch (cause) {
    node.refusal = cause instanceof FlowError ? cause : notTaken(node, cause);
  }
}

function cyclic(node: FlowNode, how: string): FlowError {
  return new FlowError("FLOW_HANDLE_CYCLE", `[${label(node)}] ${how}: it would never settle`);
}

/** Marks the nodes that a session refused; false when there are none. */
function refuse({ problems }: TaskValidationError, owners: readonly FlowNode[]): boolean {
  let any = false;
  for (const { index, message } of problems) {
    const node = owners[index];
    if (node === undefined || node.refusal !== undefined) continue;
    any = true;
    node.refusal = new FlowError("FLOW_TASK_REFUSED", `[${label(node)}] ${message}`, {
      cause: new TaskValidationError(problems.filter((problem) => owners[problem.index] === node)),
    });
  }
  return any;
}

function notTaken(node: FlowNode, cause: unknown): FlowError {
  if (RhapsodyError.isInstance(cause) && cause.code === "SESSION_CLOSED") {
    return new EngineClosedError(node.engine.uid, { cause });
  }
  const how = cause instanceof Error ? cause.message : String(cause);
  return new FlowError("FLOW_TASK_REFUSED", `[${label(node)}] the session did not take it: ${how}`, { cause });
}
