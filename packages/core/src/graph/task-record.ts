import type { Demand } from "../dispatch/demand.ts";
import type { AnswerPiece, AnswerStream } from "../task/answer-stream.ts";
import type { FutureSource } from "../task/task-future.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import type { TaskResult } from "../task/task-result.ts";
import { isTerminal, type TaskState } from "../task/task-state.ts";
import type { Deadline } from "../timing/deadlines.ts";
import { answersOf, remainderOf } from "./answers-of.ts";
import { SpokenAnswer } from "./spoken-answer.ts";
import type { TaskPlan, PlannedWork } from "./task-plan.ts";

/** Where a record belongs: what its handles need of their session. */
export interface RecordOwner {
  readonly sessionUid: string;
  cancel(records: readonly TaskRecord[], reason: string): Promise<void>;
}

/** All that a session knows about one task. Plain data; the stations change it in turn. */
export class TaskRecord implements FutureSource {
  readonly uid: string;
  readonly owner: RecordOwner;
  /** What the user asked for; let go of once settled, so that a result that is kept does not keep its arguments. */
  plan: TaskPlan;
  /** Position among all tasks of the session; earlier ones go first at equal priority. */
  sequence: number;
  /** Where the graph keeps the record. */
  place = -1;
  /** What callbacks and events hand to the user. */
  handle: TaskHandle | undefined = undefined;

  state: TaskState = "NEW";
  /** Attempts handed to a backend so far. */
  attempt = 0;
  /** Of these, attempts that no retry policy counts: lost with their backend, or made by an earlier process. */
  uncounted = 0;
  /** How often its engine or its worker died while an attempt ran: under a task that causes it, this goes on. */
  deaths = 0;
  submitted = 0;
  scheduled = 0;
  started = 0;

  /** Records that `plan` waits for, in the order of `dependencies`, then those found in values. */
  dependencies: readonly TaskRecord[] = none;
  /** Records that wait for this one. */
  dependents: TaskRecord[] | undefined = undefined;
  /** Dependencies that have not settled. */
  pending = 0;

  /** The dependency whose failure keeps this record from running. */
  brokenBy: TaskRecord | undefined = undefined;

  /** Name of the backend that the task was routed to. */
  backendName: string | undefined;
  /** What an attempt takes of the backend's capacity. */
  demand: Demand | undefined = undefined;
  /** Work with its functions of results computed; absent while there is nothing to compute. */
  prepared: PlannedWork | undefined = undefined;
  /** Under which later tasks find the result; absent for tasks without `cache`, and until it is computed. */
  cacheKey: string | undefined = undefined;
  /** True while the record stands in its backend's ready queue. */
  queued = false;
  /** True from the moment the backend accepted the present attempt until it ends. */
  accepted = false;
  /** True while the journal writes that the task is `DONE`: too late for anything else. */
  committing = false;

  /** Why the task is being stopped: by the user, by a timeout, or because the session closes. */
  stopping: Stop | undefined = undefined;
  queueDeadline: Deadline | undefined = undefined;
  /** The running timeout of an attempt, or the pause before the next one. */
  deadline: Deadline | undefined = undefined;

  /** What a model has said of its answer so far; absent before it speaks, and once settled. */
  spoken: SpokenAnswer | undefined = undefined;
  result: TaskResult | undefined = undefined;
  /** True once somebody asked for the result. */
  observed = false;

  #listeners: Listener | Listener[] | undefined = undefined;

  constructor(owner: RecordOwner, plan: TaskPlan, sequence: number) {
    this.owner = owner;
    this.uid = plan.uid;
    this.plan = plan;
    this.sequence = sequence;
    this.backendName = plan.backend;
  }

  get settled(): boolean {
    return isTerminal(this.state);
  }

  get observedResult(): TaskResult | undefined {
    this.observed ||= this.result !== undefined;
    return this.result;
  }

  whenSettled(): Promise<TaskResult> {
    this.observed = true;
    return this.settlement();
  }

  /** As {@link TaskRecord.whenSettled}, for the session itself: does not count as having seen a failure. */
  settlement(): Promise<TaskResult> {
    return this.result === undefined ? new Promise((resolve) => this.onSettled(resolve)) : Promise.resolve(this.result);
  }

  /** Calls a function once the task settles, which it must not have yet. A promise for each task that is waited for costs more. */
  onSettled(listener: Listener): void {
    if (this.#listeners === undefined) this.#listeners = listener;
    else if (typeof this.#listeners === "function") this.#listeners = [this.#listeners, listener];
    else this.#listeners.push(listener);
  }

  /** Takes back a listener that does not care any more. */
  offSettled(listener: Listener): void {
    if (typeof this.#listeners === "object") {
      const index = this.#listeners.indexOf(listener);
      if (index >= 0) this.#listeners.splice(index, 1);
    } else if (this.#listeners === listener) {
      this.#listeners = undefined;
    }
  }

  async cancel(reason: string): Promise<void> {
    await this.owner.cancel([this], reason);
  }

  /** A piece of a model's answer has come. */
  say(piece: AnswerPiece): void {
    this.spoken ??= new SpokenAnswer();
    this.spoken.add(piece);
  }

  stream(): AnswerStream {
    this.observed = true;
    const spoken = this.spoken ?? new SpokenAnswer();
    const stream = spoken.open();
    if (this.result === undefined) this.spoken = spoken;
    else spoken.end(this.result, answersOf(this.plan.work, this.result));
    return stream;
  }

  /** Gives the result to whoever waits; the settle station calls it once. */
  resolve(result: TaskResult): void {
    this.result = result;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (typeof listeners === "function") listeners(result);
    else listeners?.forEach((listener) => listener(result));
    const work = this.prepared ?? this.plan.work;
    this.spoken?.end(result, answersOf(work, result));
    this.spoken = undefined;
    this.plan = remainderOf(work);
    this.dependencies = none;
    this.dependents = undefined;
    this.brokenBy = undefined;
    this.prepared = undefined;
    this.demand = undefined;
  }
}

type Listener = (result: TaskResult) => void;

/** Why and how an attempt is being stopped. */
export interface Stop {
  /** `close`: the session closes, which says nothing about the task. */
  readonly cause: "cancel" | "close" | "timeout" | "queue-timeout";
  readonly reason: string;
  /** Resolves once the work is gone, which may be after the task has settled; absent while nothing runs or nobody waits. */
  readonly gone?: Promise<void>;
}

const none: readonly TaskRecord[] = [];
