import {
  RhapsodyError,
  type CancelOutcome,
  type EmbeddingWork,
  type OutputUpdate,
  type PromptWork,
  type TaskAttempt,
  type TaskFailure,
  type TaskOutcome,
  type TaskSpec,
} from "@rhapsody/core";
import type { AskControl } from "../task/asker.ts";
import type { Reporter } from "./reporter.ts";

/** Work of a model. */
export type ModelWork = PromptWork | EmbeddingWork;

/** Does the work of a task. */
export type Work = (spec: TaskSpec, control: AskControl) => Promise<TaskOutcome>;

/** An attempt under way. */
class Running {
  readonly stop = new AbortController();
  /** A request went out. */
  begun = false;
  /** Resolves once it is over. */
  ended: Promise<void> = Promise.resolve();
}

/** Words of an answer that can still grow. */
interface Said extends OutputUpdate {
  text: string;
}

/** The attempts of one opening: follows each to its end, and stops them. */
export class Attempts {
  readonly #work: Work;
  readonly #reporter: Reporter;
  readonly #onceBegun: CancelOutcome;
  readonly #running = new Map<string, Running>();

  /** @param onceBegun - What becomes of an attempt that is stopped after a request went out. */
  constructor(work: Work, reporter: Reporter, onceBegun: CancelOutcome = "cancelled") {
    this.#work = work;
    this.#reporter = reporter;
    this.#onceBegun = onceBegun;
  }

  /** How many are under way or in line. */
  get size(): number {
    return this.#running.size;
  }

  /** Begins an attempt; one that is under way already goes on. */
  begin(spec: TaskSpec): void {
    const key = keyOf(spec);
    if (this.#running.has(key)) return;
    const running = new Running();
    this.#running.set(key, running);
    running.ended = this.#follow(spec, key, running);
  }

  /** Stops attempts; resolves once their requests are gone. */
  async cancel(attempts: readonly TaskAttempt[], reason: string): Promise<readonly CancelOutcome[]> {
    const asked = attempts.map((attempt) => this.#running.get(keyOf(attempt)));
    const outcomes = asked.map((running) => (running?.begun === true ? this.#onceBegun : "cancelled"));
    await this.#stop(
      asked.filter((running) => running !== undefined),
      reason,
    );
    return outcomes;
  }

  /** Stops everything. */
  async close(): Promise<void> {
    await this.#stop([...this.#running.values()], "the backend was closed");
  }

  async #stop(running: readonly Running[], reason: string): Promise<void> {
    const error = new DOMException(reason, "AbortError");
    for (const { stop } of running) stop.abort(error);
    await Promise.all(running.map(({ ended }) => ended));
  }

  async #follow(spec: TaskSpec, key: string, running: Running): Promise<void> {
    const { uid, attempt, epoch } = spec;
    const named = { uid, attempt, epoch };
    const { signal } = running.stop;
    const onStart = (): void => {
      if (running.begun) return;
      running.begun = true;
      this.#reporter.add({ ...named, state: "RUNNING", at: Date.now() });
    };
    let said: Said | undefined;
    const onText = (text: string, index: number | undefined): void => {
      // Pieces that come at once go on as one.
      if (said !== undefined && said.index === index && this.#reporter.isLatest(said)) {
        said.text += text;
        return;
      }
      said = { ...named, state: "OUTPUT", stream: "response", text, ...(index !== undefined && { index }) };
      this.#reporter.add(said);
    };
    try {
      const outcome = await this.#work(spec, { signal, onStart, onText });
      this.#reporter.add({ ...named, ...outcome, state: "DONE" });
    } catch (error) {
      if (signal.aborted) this.#reporter.add({ ...named, state: "CANCELED" });
      else this.#reporter.add({ ...named, state: "FAILED", failure: toFailure(error) });
    } finally {
      this.#running.delete(key);
    }
  }
}

function toFailure(cause: unknown): TaskFailure {
  if (!(cause instanceof Error)) return { code: "TASK_PROMPT_FAILED", message: String(cause), cause };
  if (!RhapsodyError.isInstance(cause)) return { code: "TASK_PROMPT_FAILED", message: cause.message, cause };
  // What no server was asked, as it cannot be asked that way.
  if (cause.code === "INVALID_OPTIONS") return { code: "BACKEND_REJECTED_TASKS", message: cause.message, cause };
  return { code: "TASK_PROMPT_FAILED", message: `${cause.message} [${cause.code}]`, cause };
}

function keyOf({ uid, attempt }: TaskAttempt): string {
  return `${uid} ${attempt}`;
}
