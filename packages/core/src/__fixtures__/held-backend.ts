import type { BackendContext, CancelOutcome } from "../backend/backend.ts";
import type { TaskAttempt, TaskSpec } from "../backend/task-spec.ts";
import type { TaskUpdate } from "../backend/task-update.ts";
import { BackendError } from "../errors/backend-error.ts";
import { ScriptedBackend } from "./scripted-backend.ts";

/** What a {@link HeldBackend} leaves for the test to answer; the rest it answers well at once. */
export interface Holds {
  readonly open: boolean;
  readonly submit: boolean;
  /** `none`: it cannot cancel. */
  readonly cancel: "cancelled" | "detached" | "held" | "none";
}

/** What a {@link HeldBackend} tells its test of, right when it happens. */
export interface Watcher {
  submitted(backend: HeldBackend, tasks: readonly TaskSpec[]): void;
  /** A batch was taken. */
  took(tasks: readonly TaskSpec[]): void;
  /** Attempts were stopped, or will never be. */
  stopped(tasks: readonly TaskAttempt[]): void;
}

/** A question of the session that waits for its answer. */
interface Asked<T, A = void> {
  readonly tasks: readonly T[];
  readonly epoch: number;
  readonly answer: PromiseWithResolvers<A>;
}

/** A backend whose answers come when, and as, a test wants. */
export class HeldBackend {
  readonly name: string;
  readonly holds: Holds;
  readonly scripted: ScriptedBackend;
  cores: number;
  /** Resolves when it is first being opened. */
  readonly opening: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  readonly opens: PromiseWithResolvers<void>[] = [];
  /** Batches that wait for an answer, those of lost openings, too. */
  readonly submits: Asked<TaskSpec>[] = [];
  readonly cancels: Asked<TaskAttempt, readonly CancelOutcome[]>[] = [];
  isOpen = false;
  /** True while its latest opening is under way, or open. */
  #alive = false;
  #lostEpoch = 0;
  readonly #watcher: Watcher;

  constructor(name: string, cores: number, { holds, watcher }: { readonly holds: Holds; readonly watcher: Watcher }) {
    this.name = name;
    this.holds = holds;
    this.cores = cores;
    this.#watcher = watcher;
    this.scripted = new ScriptedBackend({
      name,
      capabilities: { capacity: { cores }, defaultResources: { executable: { cores: 1 } } },
      open: async () => await this.#open(holds.open),
      submit: async (tasks) => await this.#submit(tasks, holds.submit),
      cancel: holds.cancel === "none" ? null : async (tasks) => await this.#cancel(tasks, holds.cancel),
      close: async () => void (this.isOpen = this.#alive = false),
    });
  }

  get context(): BackendContext | undefined {
    return this.scripted.contexts.at(-1);
  }

  get epoch(): number {
    return this.context?.epoch ?? 0;
  }

  /** True for the latest opening, unless it was lost. */
  speaksFor(epoch: number): boolean {
    return epoch === this.epoch && epoch !== this.#lostEpoch;
  }

  answerOpen(ok: boolean): void {
    const opening = this.opens.shift();
    this.isOpen = this.#alive = ok;
    if (ok) opening?.resolve();
    else opening?.reject(new Error("shut"));
  }

  /** Returns the attempts that are not taken for it, unless their opening was lost before. */
  answerSubmit(how: "ok" | "refused" | "lost"): readonly TaskSpec[] {
    const asked = this.submits.shift();
    if (asked === undefined) return [];
    if (how === "ok") asked.answer.resolve();
    else asked.answer.reject(how === "lost" ? this.#death : new Error("refused"));
    if (!this.speaksFor(asked.epoch)) return [];
    if (how === "ok") this.#watcher.took(asked.tasks);
    return how === "ok" ? [] : asked.tasks;
  }

  answerCancel(outcome: CancelOutcome | "throws", pick: number): void {
    const [asked] = this.cancels.splice(pick % this.cancels.length, 1);
    if (asked === undefined) return;
    if (outcome === "throws") asked.answer.reject(new Error("cannot cancel"));
    else asked.answer.resolve(asked.tasks.map(() => outcome));
    this.#watcher.stopped(asked.tasks);
  }

  report(updates: readonly TaskUpdate[]): void {
    this.context?.report(updates);
  }

  resize(cores: number): void {
    if (!this.#alive) return;
    this.cores = cores;
    this.context?.capacity({ cores });
  }

  /** Tells that an opening died: the latest, or once more one before it. */
  lose(context: BackendContext | undefined = this.context): void {
    context?.lost(this.#death);
  }

  /** Takes note that the latest opening died. */
  isLost(): void {
    this.isOpen = this.#alive = false;
    this.#lostEpoch = this.epoch;
  }

  get #death(): BackendError {
    return new BackendError("BACKEND_LOST", { backend: this.name, message: "died" });
  }

  async #open(held: boolean): Promise<void> {
    this.opening.resolve();
    this.#alive = true;
    if (held) {
      const opening = Promise.withResolvers<void>();
      this.opens.push(opening);
      return await opening.promise;
    }
    this.isOpen = true;
  }

  async #submit(tasks: readonly TaskSpec[], held: boolean): Promise<void> {
    this.#watcher.submitted(this, tasks);
    if (!held) return this.#watcher.took(tasks);
    const answer = Promise.withResolvers<void>();
    this.submits.push({ tasks, epoch: this.epoch, answer });
    return await answer.promise;
  }

  async #cancel(tasks: readonly TaskAttempt[], how: Holds["cancel"]): Promise<readonly CancelOutcome[]> {
    if (how === "cancelled" || how === "detached") {
      this.#watcher.stopped(tasks);
      return tasks.map(() => how);
    }
    const answer = Promise.withResolvers<readonly CancelOutcome[]>();
    this.cancels.push({ tasks, epoch: this.epoch, answer });
    return await answer.promise;
  }
}
