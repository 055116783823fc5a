import type { TaskResult, TaskState } from "@rhapsody/core";
import { FlowError } from "../errors/flow-error.ts";
import { label } from "../errors/task-errors.ts";
import { InputFile } from "../files/input-file.ts";
import type { FlowKind, FlowNode } from "../node/flow-node.ts";
import { waitsForBlock } from "../node/waits-for-block.ts";
import type { FlowOutcome } from "./outcome.ts";

/**
 * A call whose value is not there yet. Stands for the value wherever the engine takes arguments, at any depth.
 *
 * Awaiting it gives the value, and rejects with a {@link FlowError} when there will be none. A handle that nobody awaits never raises `unhandledRejection`.
 * An async function that returns a handle returns its value, since JavaScript unwraps what has a `then`; to hand the handle itself around, put it inside an
 * object or array.
 */
export class FlowHandle<out T> implements PromiseLike<T> {
  readonly #node: FlowNode;

  /** @internal Handles come from calls. */
  constructor(node: FlowNode) {
    this.#node = node;
  }

  /** Unique within the session; that of the task which does the work. */
  get uid(): string {
    return this.#node.uid;
  }

  /** Label for people to read. */
  get name(): string {
    return this.#node.name;
  }

  get kind(): FlowKind {
    return this.#node.kind;
  }

  /** `NEW` until the session has the task, in the same turn of the event loop. */
  get state(): TaskState {
    return this.#node.state;
  }

  /** Name of the backend that the task was routed to, or the one asked for before that. */
  get backend(): string | undefined {
    return this.#node.work?.backend;
  }

  /** Attempts made, once the call has settled. */
  get attempts(): number | undefined {
    return this.#node.work?.attempts;
  }

  /** Label of the workflow that the call belongs to. */
  get workflowId(): string | undefined {
    return this.#node.scope.workflow;
  }

  /** Resolves to how the call ended; never rejects. Inside of a block that it waits for, where that would never be, to a failure `FLOW_HANDLE_CYCLE`. */
  settled(): Promise<FlowOutcome<T>> {
    const error = this.#cycle();
    if (error !== undefined) return Promise.resolve({ ok: false, error, state: "FAILED" });
    // The node's value has the type of its handle.
    return this.#node.whenSettled() as Promise<FlowOutcome<T>>;
  }

  /**
   * The session's result of the task that does the work: output, exit code, times, resources.
   *
   * @throws FlowError when the call did not end well, as awaiting the handle does.
   */
  async result(): Promise<TaskResult<T>> {
    const returnValue = await this.#value();
    // A call that ended well has a task that has a result; an answer is of the type that its options give it.
    return { ...(this.#node.work?.result as TaskResult<T>), returnValue };
  }

  /**
   * Stops the call, with all that was called inside of it, and resolves once the work is gone. One that has settled stays as it is.
   *
   * @param reason - Goes into the error of whoever awaits it. Default `"cancelled by the user"`.
   */
  async cancel(reason = "cancelled by the user"): Promise<void> {
    await this.#node.engine.cancel([this.#node], reason);
  }

  /** A handle to one part of the value. */
  pick<const K extends keyof T>(key: K): FlowHandle<T[K]> {
    return new FlowHandle(this.#node.engine.pick(this.#node, key));
  }

  /**
   * A file that the program leaves behind, for the `inputs` of another one.
   *
   * @throws TypeError when the task declares no such output.
   */
  file(name: string): InputFile {
    return InputFile.ofOutput(this.#nodeWith(name), name);
  }

  /**
   * A handle of the path of a file that the program leaves behind. It fails with `FLOW_OUTPUT_MISSING` when the file is not there.
   *
   * @throws TypeError when the task declares no such output.
   */
  path(name: string): FlowHandle<string> {
    return new FlowHandle(this.#node.engine.path(this.#nodeWith(name), name));
  }

  // Being awaitable is the point of a handle.
  // oxlint-disable-next-line unicorn/no-thenable
  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#value().then(onValue, onError);
  }

  /**
   * Keeps a handle out of texts and sums, where its value is meant.
   *
   * @throws TypeError always.
   */
  [Symbol.toPrimitive](): never {
    const message = "a handle is no value yet: await it, or pass it to a task as an argument of its own";
    throw new TypeError(`[${label(this.#node)}] ${message}`);
  }

  /** As of a promise. */
  catch<U>(onError: (error: unknown) => U | PromiseLike<U>): Promise<T | U> {
    return this.#value().catch(onError);
  }

  /** As of a promise. */
  finally(onSettled: () => void): Promise<T> {
    return this.#value().finally(onSettled);
  }

  #nodeWith(output: string): FlowNode {
    const { outputs } = this.#node;
    if (outputs.includes(output)) return this.#node;
    const declared = outputs.length === 0 ? "none" : outputs.join(", ");
    throw new TypeError(`[${label(this.#node)}] declares no output ${JSON.stringify(output)}, only: ${declared}`);
  }

  #value(): Promise<T> {
    const cycle = this.#cycle();
    if (cycle !== undefined) return Promise.reject(cycle);
    const node = this.#node;
    node.observed = true;
    return new Promise((resolve, reject) => {
      node.onSettled((outcome) => {
        // The node's value has the type of its handle.
        if (outcome.ok) resolve(outcome.value as T);
        else reject(outcome.error);
      });
    });
  }

  /** What is wrong with waiting for it here. */
  #cycle(): FlowError | undefined {
    const node = this.#node;
    if (!waitsForBlock(node, node.engine.scope())) return undefined;
    const message = `[${label(node)}] awaited inside of a block that it waits for: it would never settle`;
    return new FlowError("FLOW_HANDLE_CYCLE", message);
  }

  /** @internal What is behind a handle; `undefined` for anything else. */
  static nodeOf(value: object): FlowNode | undefined {
    return #node in value ? value.#node : undefined;
  }
}
