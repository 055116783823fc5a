import type { TaskAttempt, TaskSpec } from "@rhapsody/core";

/** An attempt that the engine has. */
export interface LiveAttempt {
  readonly spec: TaskSpec;
  /** True once it is to be stopped: it does not fail any more. */
  stopping: boolean;
}

/** The attempts that were handed to the engine and have not ended. */
export class AttemptBooks {
  readonly #live = new Map<string, LiveAttempt>();

  /** How many there are. */
  get size(): number {
    return this.#live.size;
  }

  get({ uid, attempt }: Pick<TaskAttempt, "uid" | "attempt">): LiveAttempt | undefined {
    return this.#live.get(keyOf(uid, attempt));
  }

  /** Enters attempts, all of them or, when one is there already, none; gives that one. */
  add(specs: readonly TaskSpec[]): TaskSpec | undefined {
    const twice = specs.find((spec) => this.get(spec) !== undefined);
    if (twice !== undefined) return twice;
    for (const spec of specs) this.#live.set(keyOf(spec.uid, spec.attempt), { spec, stopping: false });
    return undefined;
  }

  delete({ uid, attempt }: Pick<TaskAttempt, "uid" | "attempt">): void {
    this.#live.delete(keyOf(uid, attempt));
  }

  /** Marks all as being stopped. */
  stopAll(): void {
    for (const live of this.#live.values()) live.stopping = true;
  }
}

function keyOf(uid: string, attempt: number): string {
  return `${uid} ${attempt}`;
}
