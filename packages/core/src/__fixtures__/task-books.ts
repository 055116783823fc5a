import type { TaskSpec } from "../backend/task-spec.ts";
import { RhapsodyError } from "../errors/rhapsody-error.ts";
import type { TaskEvent } from "../events/session-event.ts";
import type { JournalBatch } from "../journal/journal.ts";
import type { SessionStatistics } from "../session/statistics.ts";
import type { HeldBackend } from "./held-backend.ts";
import type { TaskModel } from "./task-model.ts";

/** The models of all tasks of a session, and what was seen to be wrong. */
export class TaskBooks {
  readonly complaints: string[] = [];
  models: readonly TaskModel[] = [];
  readonly #byUid = new Map<string, TaskModel>();
  readonly #handedOver = new Set<string>();
  readonly #unfinished = new Set<TaskModel>();
  /** For each task what its future resolved to; empty while it has not. */
  readonly #resolved = new Map<string, string[]>();
  #written = -1;

  /** Those that a user has a future of. */
  get known(): readonly TaskModel[] {
    return this.models.filter(({ wanted }) => this.#resolved.has(wanted.uid));
  }

  find(uid: string): TaskModel | undefined {
    return this.#byUid.get(uid);
  }

  add(model: TaskModel): void {
    this.models = [...this.models, model];
    this.#byUid.set(model.wanted.uid, model);
    this.#unfinished.add(model);
  }

  /** Takes out those that the session never accepted. */
  remove(models: readonly TaskModel[]): void {
    this.models = this.models.filter((model) => !models.includes(model));
    for (const model of models) this.#unfinished.delete(model);
  }

  /** The session gave a future of a task to its user. */
  promise(uid: string): void {
    this.#resolved.set(uid, []);
  }

  resolve(uid: string, state: string): void {
    this.#resolved.get(uid)?.push(state);
  }

  see({ uid, state, attempt, backend, error }: TaskEvent): void {
    const code = RhapsodyError.isInstance(error) ? error.code : undefined;
    const complaint = this.find(uid)?.see({ state, attempt, backend, code });
    if (complaint !== undefined) this.complaints.push(complaint);
  }

  handOver({ name, cores, epoch }: HeldBackend, tasks: readonly TaskSpec[]): void {
    for (const { uid, attempt, epoch: given } of tasks) {
      const model = this.find(uid);
      const about = `${uid} ${attempt} was handed over`;
      if (model?.state !== "EXECUTING_PENDING" || model.attempt !== attempt)
        this.complaints.push(`${about} out of the blue`);
      if (given !== epoch) this.complaints.push(`${about} for opening ${given} instead of ${epoch}`);
      if (this.#handedOver.has(`${uid} ${attempt}`)) this.complaints.push(`${about} twice`);
      this.#handedOver.add(`${uid} ${attempt}`);
    }
    const busy = this.models.filter((model) => model.backend === name && model.inFlight);
    const taken = busy.reduce((sum, { wanted }) => sum + wanted.cores, 0);
    if (taken > cores) this.complaints.push(`${name} has ${cores} cores, and ${taken} are taken`);
  }

  /** The session writes to its journal. */
  write({ accepted, changes, results }: JournalBatch): void {
    const sequences = accepted.map(({ sequence }) => sequence);
    if (sequences.some((sequence, index) => sequence <= (sequences[index - 1] ?? this.#written))) {
      this.complaints.push(`accepted tasks are written as ${sequences.join()} after ${this.#written}`);
    }
    this.#written = sequences.at(-1) ?? this.#written;
    const told = [...changes, ...results].map(({ sequence }) => sequence);
    if (new Set(told).size < told.length) this.complaints.push(`one batch tells twice of a task: ${told.join()}`);
  }

  /** Everything that follows from what happened has come about. */
  compare({ states, submitted, backends }: SessionStatistics, closing: boolean): void {
    for (const model of this.#unfinished) {
      const complaint = model.quiet();
      if (complaint !== undefined) this.complaints.push(complaint);
      if (model.settled) this.#unfinished.delete(model);
    }
    const counted: Record<string, number> = {};
    for (const { state } of this.models) counted[state] = (counted[state] ?? 0) + 1;
    for (const [state, count] of Object.entries(states)) {
      if (count !== (counted[state] ?? 0))
        this.complaints.push(`${count} tasks are ${state} instead of ${counted[state]}`);
    }
    if (submitted !== this.models.length)
      this.complaints.push(`${submitted} tasks were submitted instead of ${this.models.length}`);
    const ready = this.models.filter((model) => model.ready).length;
    const waiting = Object.values(backends).reduce((sum, backend) => sum + backend.waiting, 0);
    if (waiting > ready) this.complaints.push(`${waiting} tasks are in line, and ${ready} are ready`);
    if (closing) return;
    for (const [name, { inFlight }] of Object.entries(backends)) {
      const busy = this.models.filter((model) => model.backend === name && model.inFlight).length;
      if (inFlight !== busy) this.complaints.push(`${name} has ${inFlight} attempts in flight instead of ${busy}`);
    }
  }

  /** All is over: every future has resolved, once, to the state of its task. */
  end(): void {
    for (const { wanted, state } of this.known) {
      const resolved = this.#resolved.get(wanted.uid) ?? [];
      if (resolved.join() !== state)
        this.complaints.push(`${wanted.uid} is ${state}, and its future resolved to ${resolved.join() || "nothing"}`);
    }
  }
}
