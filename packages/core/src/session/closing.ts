import { MAX_TIMEOUT_MS } from "../timing/deadlines.ts";

/** How long running tasks get between being asked to stop and being killed, in milliseconds. */
const DEFAULT_GRACE_MS = 5_000;

/** How to close a session. */
export interface CloseOptions {
  /**
   * `cancel`: stop what is not done. `drain`: finish everything accepted first. `checkpoint`: start nothing more, and leave what is not done for
   * {@link Session.resume}; in this process it ends `CANCELLED`. @defaultValue `"cancel"`
   */
  readonly mode?: "cancel" | "drain" | "checkpoint" | undefined;
  /**
   * How long a drain waits for tasks, or a checkpoint for those that run, before what is left is stopped, in milliseconds; more than 24 days is
   * unlimited. @defaultValue unlimited for `drain`, 0 for `checkpoint`
   */
  readonly deadlineMs?: number | undefined;
  /** Time between asking running tasks to stop and killing them, and longest wait for a backend that is still opening, in milliseconds. @defaultValue 5,000 */
  readonly graceMs?: number | undefined;
}

/** What closing waits for. */
export interface Draining {
  /** Resolves when no accepted task is unsettled. */
  idle(): Promise<void>;
  /** Hands nothing more over, and resolves when nothing is in flight. */
  quiet(): Promise<void>;
}

/** Ways to close, the most patient first. */
const MODES = ["drain", "checkpoint", "cancel"] as const;

/** How a session closes. Each further request may only hurry it. */
export class Closing {
  #mode: (typeof MODES)[number] = "drain";
  #graceMs: number | undefined;
  #deadlineMs = Infinity;
  /** The deadline on the monotonic clock. */
  #dueMs = Infinity;
  #hurried: PromiseWithResolvers<"hurried"> = Promise.withResolvers();

  /** @throws RangeError when an option is none. */
  request(options: CloseOptions): void {
    const { mode = "cancel", graceMs, deadlineMs = mode === "checkpoint" ? 0 : Infinity } = options;
    if (!MODES.includes(mode))
      throw new RangeError(`close: mode must be one of ${MODES.join(", ")}, not ${String(mode)}`);
    check("deadlineMs", deadlineMs);
    check("graceMs", graceMs ?? 0);
    if (graceMs !== undefined) this.#graceMs = Math.min(graceMs, this.#graceMs ?? Infinity);
    if (MODES.indexOf(mode) > MODES.indexOf(this.#mode)) this.#mode = mode;
    const dueMs = performance.now() + deadlineMs;
    if (dueMs < this.#dueMs) {
      this.#dueMs = dueMs;
      this.#deadlineMs = deadlineMs;
    }
    this.#hurried.resolve("hurried");
    this.#hurried = Promise.withResolvers();
  }

  get graceMs(): number {
    return this.#graceMs ?? DEFAULT_GRACE_MS;
  }

  /** Resolves when it is time to stop what is left. */
  async wait(draining: Draining): Promise<void> {
    while (this.#mode !== "cancel") {
      const done = this.#mode === "drain" ? draining.idle() : draining.quiet();
      if ((await this.#until(done)) !== "hurried") return;
    }
  }

  /**
   * Why tasks are stopped that have not ended by then.
   *
   * @param journal - Location of the journal that has them.
   */
  reason(journal: string | undefined): string {
    const resume = journal === undefined ? "" : `; ${howToResume(journal)}`;
    if (this.#mode === "drain") return `the session was closed: the deadline of ${this.#deadlineMs} ms passed${resume}`;
    if (this.#mode === "cancel") return `the session was closed${resume}`;
    return `the session was closed by a checkpoint${resume || "; without a journal it cannot be resumed"}`;
  }

  async #until(done: Promise<void>): Promise<"done" | "late" | "hurried"> {
    const leftMs = this.#dueMs - performance.now();
    if (leftMs <= 0) return "late";
    const late = Promise.withResolvers<"late">();
    const timer = leftMs <= MAX_TIMEOUT_MS ? setTimeout(() => late.resolve("late"), leftMs) : undefined;
    try {
      return await Promise.race([done.then(() => "done" as const), late.promise, this.#hurried.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What to do about tasks that a journal still has. */
export function howToResume(journal: string): string {
  return `resume it with Session.resume(${JSON.stringify(journal)})`;
}

function check(name: string, ms: number): void {
  if (!(typeof ms === "number" && ms >= 0))
    throw new RangeError(`close: ${name} must be a number of at least 0, not ${ms}`);
}
