import type { Backend, BackendContext, BackendHandle, TaskAttempt } from "@rhapsody/core";

/** Updates in one report. */
const BATCH = 1_000;

/** A backend that takes everything, runs nothing, and keeps of each attempt what it needs to end it. */
export class HoldingBackend implements Backend {
  readonly contract = "backend/1";
  readonly name = "holding";
  readonly capabilities: Backend["capabilities"] = {
    taskKinds: ["function"],
    functionKinds: ["inline"],
    resources: [],
    cancellation: "none",
    capacity: { maxInFlight: Infinity },
  };
  #context: BackendContext | undefined;
  #held: TaskAttempt[] = [];
  readonly #waiters: { readonly count: number; readonly resolve: () => void }[] = [];

  async open(context: BackendContext): Promise<BackendHandle> {
    this.#context = context;
    return {
      submit: async (tasks) => {
        for (const { uid, attempt, epoch } of tasks) this.#held.push({ uid, attempt, epoch });
        for (const { count, resolve } of this.#waiters) if (this.#held.length >= count) resolve();
      },
      close: async () => {},
    };
  }

  /** Resolves once this many attempts are held. */
  async holds(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#held.length >= count) return;
    this.#waiters.push({ count, resolve });
    await promise;
  }

  /** Ends everything held. */
  finish(): void {
    const held = this.#held;
    this.#held = [];
    for (let start = 0; start < held.length; start += BATCH) {
      this.#context?.report(held.slice(start, start + BATCH).map((attempt) => ({ ...attempt, state: "DONE" })));
    }
  }
}
