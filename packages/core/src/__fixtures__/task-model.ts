export type State = "NEW" | "SCHEDULING_PENDING" | "EXECUTING_PENDING" | "EXECUTING" | "DONE" | "FAILED" | "CANCELLED";

/** The ways between states that the documentation draws. */
const WAYS: Readonly<Record<State, readonly State[]>> = {
  NEW: ["SCHEDULING_PENDING"],
  SCHEDULING_PENDING: ["EXECUTING_PENDING", "DONE", "FAILED", "CANCELLED"],
  EXECUTING_PENDING: ["EXECUTING", "SCHEDULING_PENDING", "FAILED", "CANCELLED"],
  EXECUTING: ["DONE", "FAILED", "CANCELLED", "SCHEDULING_PENDING"],
  DONE: [],
  FAILED: [],
  CANCELLED: [],
};

/** What a backend can say of an attempt, and what else can end one: `STOPPED` is a cancel that was answered. */
export type End =
  | "DONE"
  | "CANCELED"
  | "TASK_EXIT_CODE"
  | "TASK_WORKER_DIED"
  | "LOST"
  | "BACKEND_REJECTED_TASKS"
  | "BACKEND_LOST"
  | "STOPPED";
export type Report =
  | "RUNNING"
  | "OUTPUT"
  | Extract<End, "DONE" | "CANCELED" | "TASK_EXIT_CODE" | "TASK_WORKER_DIED" | "LOST">;

/** Ends that are nobody's fault: no retry policy counts them, and the next attempt needs none. */
const LOSSES: ReadonlySet<End | undefined> = new Set(["LOST", "BACKEND_LOST"]);

type Cause = "cancel" | "close" | "timeout" | "queue" | undefined;

/** A task as it was asked for. */
export interface Wanted {
  readonly uid: string;
  readonly backend: string | undefined;
  readonly dependencies: readonly TaskModel[];
  readonly onDependencyFailure: "fail" | "run";
  readonly attempts: number;
  readonly delayMs: number;
  readonly timeoutMs: number | undefined;
  readonly queueTimeoutMs: number | undefined;
  readonly cores: number;
  /** Tasks of one key give the same result. */
  readonly cacheKey: string | undefined;
}

/** A move as the session tells it. */
export interface Seen {
  readonly state: State;
  readonly attempt: number;
  readonly backend: string | undefined;
  /** Code of the error, where there is one. */
  readonly code: string | undefined;
}

/** What matters to a task beyond itself. */
export interface Surroundings {
  readonly losses: number;
  /** Milliseconds on the monotonic clock. */
  now(): number;
  /** True when nothing may be handed over: the session closes, or its journal is full. */
  readonly still: boolean;
  /** True when the session, or its journal's end, may stop whatever is not done. */
  readonly closing: boolean;
  /** True when a backend has just died or not opened. */
  readonly mishap: boolean;
  /** Cores of a backend. */
  coresOf(backend: string): number;
  /** True for a backend that cannot cancel: what is stopped there goes on unobserved. */
  detaches(backend: string): boolean;
  /** Whether the journal has the task, or its result; true without a journal. */
  journaled(uid: string, what: "task" | "result"): boolean;
  /** Whether the journal has a result under a key: now, or already when the last thing happened. */
  cached(key: string | undefined, when: "now" | "before"): boolean;
}

/** One task by the rules of the documentation: what may happen to it, and what must have happened by now. */
export class TaskModel {
  state: State = "NEW";
  attempt = 0;
  backend: string | undefined;
  /** Attempts that no retry policy counts. */
  uncounted = 0;
  /** True when the present attempt is over; which of the ends counts is open while they came all at once. */
  readonly ends: End[] = [];
  /** Before it the next attempt may not go. */
  notBefore = 0;
  /** Why the present attempt, or the task, is being stopped, or was. */
  stopped: Cause;
  /** What a close found it being stopped for: one that hurries another is heard a moment later, and what ends by then ends for that. */
  readonly #stoppedBefore: Cause[] = [];
  #deaths = 0;
  #taken = false;
  #runs = false;
  #early: Report[] = [];
  #decided = false;
  /** True once its result was looked for, or may have been. */
  #lookedUp = false;
  #queueDue = Infinity;
  #runDue = Infinity;
  readonly wanted: Wanted;
  readonly #around: Surroundings;

  constructor(wanted: Wanted, around: Surroundings) {
    this.wanted = wanted;
    this.#around = around;
    this.#queueDue = around.now() + (wanted.queueTimeoutMs ?? Infinity);
  }

  /** A task as a resumed session finds it. */
  static resumed(
    wanted: Wanted,
    around: Surroundings,
    { done, attempt }: { done: boolean; attempt: number },
  ): TaskModel {
    const model = new TaskModel(wanted, around);
    model.state = done ? "DONE" : "SCHEDULING_PENDING";
    model.attempt = model.uncounted = attempt;
    return model;
  }

  get settled(): boolean {
    return WAYS[this.state].length === 0;
  }

  /** True while an attempt is with a backend. */
  get inFlight(): boolean {
    return this.#handed && this.ends.length === 0;
  }

  get stopping(): boolean {
    return this.stopped !== undefined;
  }

  get ready(): boolean {
    return (
      this.state === "SCHEDULING_PENDING" && !this.stopping && this.wanted.dependencies.every(({ settled }) => settled)
    );
  }

  get #handed(): boolean {
    return this.state === "EXECUTING_PENDING" || this.state === "EXECUTING";
  }

  get #broken(): boolean {
    const { dependencies, onDependencyFailure } = this.wanted;
    return onDependencyFailure === "fail" && dependencies.some(({ settled, state }) => settled && state !== "DONE");
  }

  /** Somebody, or closing, stops the task. */
  stop(why: "cancel" | "close"): void {
    if (this.settled || this.stopped === "cancel" || this.ends.includes("DONE")) return;
    if (why === "close") this.#stoppedBefore.push(this.stopped);
    this.stopped = why;
  }

  /** Time goes on until then. */
  pass(until: number): void {
    if (this.settled || this.stopping || this.ends.length > 0) return;
    if (this.#runDue <= until) this.stopped = "timeout";
    if (this.#queueDue <= until) this.stopped = "queue";
  }

  /** The backend took the present attempt. */
  take(): void {
    this.#taken = true;
    for (const report of this.#early.splice(0)) this.report(report);
  }

  /** The backend says something of the present attempt. */
  report(what: Report): void {
    if (!this.#handed || this.#decided) return;
    if (!this.#taken) this.#early.push(what);
    else if (what === "RUNNING") this.#runs = true;
    else if (what !== "OUTPUT") this.ends.push(what);
  }

  /** The present attempt ends in another way. */
  end(how: End): void {
    if (this.#handed && !this.#decided) this.ends.push(how);
  }

  /** The session tells a move. Returns what is wrong with it. */
  see(seen: Seen): string | undefined {
    const wrong = WAYS[this.state].includes(seen.state) ? this.#objection(seen) : "is no way of the documentation";
    const told = `${this.wanted.uid}: ${this.state} → ${seen.state} ${seen.code ?? ""} (attempt ${seen.attempt}, before ${this.attempt})`;
    this.#move(seen);
    return wrong === undefined ? undefined : `${told} ${wrong}`;
  }

  /** All that follows from what happened has come about. Returns what has not. */
  quiet(): string | undefined {
    this.#decided = this.ends.length > 0;
    this.#stoppedBefore.length = 0;
    this.#lookedUp ||= this.ready;
    if (this.settled || this.#around.closing) return undefined;
    const { uid } = this.wanted;
    if (this.state === "NEW") return `${uid} was submitted and is NEW`;
    if (this.state === "SCHEDULING_PENDING") {
      // Its result may be on its way into the journal: too late to stop it.
      if (this.#around.cached(this.wanted.cacheKey, "now")) return undefined;
      if (this.stopping) return `${uid} waits although stopped by ${this.stopped}`;
      return this.#broken && this.#around.journaled(uid, "task")
        ? `${uid} waits for a dependency that failed`
        : undefined;
    }
    if (this.#runs && this.ends.length === 0 && this.state !== "EXECUTING") return `${uid} runs and is ${this.state}`;
    const writes = this.ends.includes("DONE") && !this.#around.journaled(uid, "result");
    return this.#decided && !writes
      ? `${uid} is ${this.state} although its attempt ended ${this.ends.join()}`
      : undefined;
  }

  #objection({ state, attempt, backend, code }: Seen): string | undefined {
    const { uid, cores } = this.wanted;
    const around = this.#around;
    if (attempt < this.attempt) return "has a lower attempt than before";
    if (state === "EXECUTING_PENDING") return this.#mayGo(attempt, backend);
    if (state === "EXECUTING") return this.#runs || this.ends.includes("DONE") ? undefined : "without a report";
    if (state === "CANCELLED" && around.closing) return undefined;
    if (state === "DONE" && !around.journaled(uid, "result")) return "before it was written";
    if (this.#handed) {
      const ends =
        this.stopping && around.detaches(this.backend ?? "") ? [...this.ends, "STOPPED" as const] : this.ends;
      const causes = [this.stopped, ...this.#stoppedBefore];
      return ends.some((end) => causes.some((cause) => same(this.#outcome(end, cause), { state, code })))
        ? undefined
        : `after ${ends.join() || "nothing"}`;
    }
    if (this.state === "NEW") return undefined;
    if (state === "DONE")
      return around.cached(this.wanted.cacheKey, "now") && !this.#broken ? undefined : "without running";
    if (state === "CANCELLED") return this.stopped === "cancel" ? undefined : "without a cancel";
    if (code === "DEPENDENCY_FAILED") return this.#broken ? undefined : "without a failed dependency";
    if (code === "TASK_QUEUE_TIMEOUT") return this.stopped === "queue" ? undefined : "in time";
    if (code === "TASK_NEVER_FITS") return cores > around.coresOf(backend ?? "") ? undefined : "although it fits";
    if (code !== "BACKEND_UNAVAILABLE") return "for no reason";
    if (!around.mishap) return "although no backend failed";
    return attempt - this.uncounted >= this.wanted.attempts ? undefined : "although its policy has attempts left";
  }

  #mayGo(attempt: number, backend: string | undefined): string | undefined {
    const { uid, dependencies, backend: named } = this.wanted;
    const around = this.#around;
    if (attempt === this.attempt) return "hands over an attempt twice";
    if (attempt - this.uncounted > this.wanted.attempts) return "is one attempt too many";
    if (around.still) return "although nothing may be handed over";
    if (!around.journaled(uid, "task")) return "before the task was written";
    if (around.cached(this.wanted.cacheKey, "before") && !this.#lookedUp) return "although its result is there";
    if (named !== undefined && backend !== named) return `on ${backend} instead of ${named}`;
    if (!dependencies.every(({ settled }) => settled) || this.#broken) return "before its dependencies";
    if (around.now() < this.notBefore) return "before the pause was over";
    // What waited for too long, or till the session closed, may have been handed over right before.
    return this.stopped === "cancel" || this.stopped === "timeout" ? "although it is being stopped" : undefined;
  }

  /** Where an end of the present attempt leads to. */
  #outcome(end: End, stopped: Cause): Outcome {
    if (end === "DONE") return { state: "DONE", code: undefined };
    if (stopped === "cancel" || stopped === "close") return CANCELLED;
    if (stopped === "queue") return { state: "FAILED", code: "TASK_QUEUE_TIMEOUT" };
    if (stopped === "timeout") return this.#failure("TASK_TIMEOUT");
    if (end === "CANCELED" || end === "STOPPED") return CANCELLED;
    const code = end === "LOST" ? "TASK_WORKER_DIED" : end;
    if (this.#dies(end) && this.#deaths >= this.#around.losses) return { state: "FAILED", code };
    return LOSSES.has(end) ? { state: "SCHEDULING_PENDING", code } : this.#failure(code);
  }

  #failure(code: string): Outcome {
    const spent = this.attempt - this.uncounted >= this.wanted.attempts;
    return { state: spent ? "FAILED" : "SCHEDULING_PENDING", code };
  }

  #dies(end: End | undefined): boolean {
    return end === "TASK_WORKER_DIED" || (LOSSES.has(end) && this.state === "EXECUTING");
  }

  /** The end that the session went by, of those that lead to where it went: a backend's first word counts. */
  #endOf(seen: Outcome): End | undefined {
    return this.ends.find((end) => same(this.#outcome(end, this.stopped), seen));
  }

  #move({ state, attempt, backend, code }: Seen): void {
    if (state === "SCHEDULING_PENDING" && this.#handed) {
      const end = this.#endOf({ state, code });
      if (!this.stopping && this.#dies(end)) this.#deaths += 1;
      if (!this.stopping && LOSSES.has(end)) this.uncounted += 1;
      else this.notBefore = this.#around.now() + this.wanted.delayMs * 2 ** (this.attempt - this.uncounted - 1);
      this.stopped = undefined;
    }
    if (state === "SCHEDULING_PENDING" || state === "EXECUTING_PENDING") {
      this.#taken = this.#runs = this.#decided = false;
      this.ends.length = this.#early.length = 0;
      this.#runDue = Infinity;
    }
    this.#lookedUp ||= state === "EXECUTING_PENDING";
    if (state === "EXECUTING") {
      this.#queueDue = Infinity;
      this.#runDue = this.#around.now() + (this.wanted.timeoutMs ?? Infinity);
    }
    this.state = state;
    this.attempt = attempt;
    this.backend = backend;
  }
}

interface Outcome {
  readonly state: State;
  readonly code: string | undefined;
}

const CANCELLED: Outcome = { state: "CANCELLED", code: "TASK_CANCELLED" };

function same(a: Outcome, b: Outcome): boolean {
  return a.state === b.state && a.code === b.code;
}
