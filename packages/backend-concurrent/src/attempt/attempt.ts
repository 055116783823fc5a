import type { TaskAttempt, TaskFailure, TaskOutcome, TaskSpec, TaskUpdate } from "@rhapsody/core";
import type { SlotAssignment } from "../resources/slots.ts";

/** Who keeps the list of attempts. */
export interface AttemptBooks {
  report(update: TaskUpdate): void;
  /** The attempt ended or was let go of: its place and its slots are free. Called once. */
  ended(attempt: Attempt): void;
}

/** One attempt that was accepted. Reports its states in order, and nothing after its end. */
export class Attempt {
  readonly spec: TaskSpec;
  /** Cores and GPUs; absent until they were assigned. */
  slots: SlotAssignment | undefined;
  readonly #books: AttemptBooks;
  #startedAt = 0;
  #ended = false;
  #stopping = false;

  constructor(spec: TaskSpec, books: AttemptBooks) {
    this.spec = spec;
    this.#books = books;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** True once somebody asked to stop it: whatever its end looks like, it was cancelled. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** Variables for a program or worker: the session's, those that show the GPUs, then the user's own, which win. */
  environment(base: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return { ...base, ...this.slots?.environment, ...this.spec.environment };
  }

  /** The work has begun. */
  begin(at: number = Date.now()): void {
    if (this.#ended || this.#startedAt !== 0) return;
    this.#startedAt = at;
    this.#books.report({ ...this.#name(), state: "RUNNING", at });
  }

  done(outcome: TaskOutcome): void {
    if (this.#stopping) return this.canceled(outcome);
    if (!this.#end()) return;
    this.#books.report({ ...this.#name(), state: "DONE", ...this.#complete(outcome) });
  }

  fail(failure: TaskFailure, outcome: TaskOutcome = {}): void {
    if (this.#stopping) return this.canceled(outcome);
    if (!this.#end()) return;
    this.#books.report({ ...this.#name(), state: "FAILED", failure, ...this.#complete(outcome) });
  }

  canceled(outcome: TaskOutcome = {}): void {
    if (!this.#end()) return;
    this.#books.report({ ...this.#name(), state: "CANCELED", ...this.#complete(outcome) });
  }

  /** From now on any end is a cancellation. */
  stop(): void {
    this.#stopping = true;
  }

  /** Its work is gone or goes on unobserved: nothing more is reported of it. */
  letGo(): void {
    this.#end();
  }

  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#books.ended(this);
    return true;
  }

  #complete(outcome: TaskOutcome): TaskOutcome {
    const { slots } = this;
    const resources = outcome.resources === undefined ? slots?.usage : { ...slots?.usage, ...outcome.resources };
    return {
      ...outcome,
      ...(resources !== undefined && { resources }),
      ...(outcome.startedAt === undefined && this.#startedAt !== 0 && { startedAt: this.#startedAt }),
      finishedAt: outcome.finishedAt ?? Date.now(),
    };
  }

  #name(): TaskAttempt {
    const { uid, attempt, epoch } = this.spec;
    return { uid, attempt, epoch };
  }
}

/** Names an attempt among those of one opening. */
export function attemptKey({ uid, attempt }: TaskAttempt): string {
  // "#" is in no uid.
  return attempt === 1 ? uid : `${uid}#${attempt}`;
}
