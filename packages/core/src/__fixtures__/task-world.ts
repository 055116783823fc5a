import { expect, vi } from "vitest";
import type { TaskAttempt } from "../backend/task-spec.ts";
import type { SessionEvent } from "../events/session-event.ts";
import { silentLogger } from "../logging/create-logger.ts";
import type { CloseOptions } from "../session/closing.ts";
import type { SessionOptions } from "../session/session-options.ts";
import { Session } from "../session/session.ts";
import type { TaskFuture } from "../task/task-future.ts";
import { HeldBackend, type Holds, type Watcher } from "./held-backend.ts";
import { HeldJournal } from "./held-journal.ts";
import { toDescription, toUpdate, toWanted, type Shape } from "./random-task.ts";
import { TaskBooks } from "./task-books.ts";
import { TaskModel, type Report, type Surroundings } from "./task-model.ts";

/** What a random session is made of. */
export interface Setting {
  readonly backends: readonly Holds[];
  readonly losses: number;
  /** `held`: commits wait for the test's answer. Absent: no journal. */
  readonly journal?: "held" | "prompt";
  readonly workDir: string;
}

/** Cores of a backend at first; no task takes more. */
const CORES = 3;

/** All deadlines of tasks lie between two steps of the clock, so that they have passed for certain, or not. */
const STEP_MS = 10;

/** A session under random treatment, and a model of each of its tasks beside it. */
export class TaskWorld implements Surroundings {
  readonly losses: number;
  backends: readonly HeldBackend[] = [];
  journal: HeldJournal | undefined;
  mishap = false;
  readonly #setting: Setting;
  #books = new TaskBooks();
  #session!: Session;
  #submitted = 0;
  #cachedBefore: ReadonlySet<string> = new Set();
  #cancelling = 0;
  #mode: CloseOptions["mode"];
  #closed = false;
  /** True once a close that starts nothing more has come about. */
  #ending = false;
  #full = false;
  #failed = false;
  /** No backend died or did not open so far. */
  #calm = true;

  private constructor(setting: Setting) {
    this.#setting = setting;
    this.losses = setting.losses;
  }

  static async begin(setting: Setting): Promise<TaskWorld> {
    vi.clearAllTimers();
    const world = new TaskWorld(setting);
    if (setting.journal !== undefined) world.journal = world.#journalAfter(undefined);
    const journal = world.journal?.memory;
    await world.#start(async (options) => new Session({ ...options, journal }));
    return world;
  }

  get models(): readonly TaskModel[] {
    return this.#books.models;
  }

  get still(): boolean {
    return this.#full || this.#ending;
  }

  get closing(): boolean {
    return this.#mode !== undefined || this.#failed;
  }

  /** True from the call of `close` on. */
  get ends(): boolean {
    return this.#mode !== undefined;
  }

  now(): number {
    return performance.now();
  }

  coresOf(name: string): number {
    return this.#backendOf(name)?.cores ?? 0;
  }

  detaches(name: string): boolean {
    return this.#backendOf(name)?.holds.cancel === "none";
  }

  journaled(uid: string, what: "task" | "result"): boolean {
    if (this.journal === undefined) return true;
    return what === "task" ? this.journal.hasTask(uid) : this.journal.isDone(uid);
  }

  cached(key: string | undefined, when: "now" | "before"): boolean {
    if (key === undefined) return false;
    return when === "now" ? this.#cachedNow().has(key) : this.#cachedBefore.has(key);
  }

  async submit(shapes: readonly Shape[]): Promise<void> {
    const fresh = shapes.map((shape) => {
      const model = new TaskModel(toWanted(`t${this.#submitted}`, shape, this), this);
      this.#submitted += 1;
      this.#books.add(model);
      return model;
    });
    const books = this.#books;
    this.#session.submitTasks(fresh.map(({ wanted }) => toDescription(wanted))).then(
      (futures) => watch(futures, books),
      (error: unknown) => {
        // A journal that failed, or was full to the end, accepts nothing more.
        if (!this.closing) books.complaints.push(`refused: ${String(error)}`);
        books.remove(fresh.filter(({ state }) => state === "NEW"));
      },
    );
    await this.breathe();
  }

  cancel(picks: readonly number[]): void {
    const { known } = this.#books;
    const models = [...new Set(picks.flatMap((pick) => known[pick % Math.max(1, known.length)] ?? []))];
    // Closing may have been first.
    for (const model of models) model.stop(this.ends ? "close" : "cancel");
    this.#cancelling += 1;
    const books = this.#books;
    void this.#session
      .cancel(models.map(({ wanted }) => wanted.uid))
      .then(() => books === this.#books && (this.#cancelling -= 1));
  }

  /** A backend reports about an attempt, which may be long over, or another's. */
  report(backend: HeldBackend, attempt: TaskAttempt, whats: readonly Report[]): void {
    const model = this.#present(attempt);
    if (model?.backend === backend.name) for (const what of whats) model.report(what);
    backend.report(whats.map((what) => toUpdate(attempt, what)));
  }

  answerOpen(backend: HeldBackend, ok: boolean): void {
    if (!ok) this.#unlucky();
    backend.answerOpen(ok);
  }

  answerSubmit(backend: HeldBackend, how: "ok" | "refused" | "lost"): void {
    const refused = backend.answerSubmit(how);
    for (const attempt of refused) this.#present(attempt)?.end("BACKEND_REJECTED_TASKS");
    if (how === "lost" && refused.length > 0) this.#dies(backend);
  }

  lose(backend: HeldBackend): void {
    this.#dies(backend);
    backend.lose();
  }

  close(options: CloseOptions): void {
    if (this.#mode !== "cancel") this.#mode = options.mode;
    if (options.mode === "cancel") for (const model of this.models) model.stop("close");
    const closed = this.#session.close(options).catch((error: unknown) => {
      // A backend that takes too long to open.
      if (!(error instanceof AggregateError)) this.#books.complaints.push(`closing: ${String(error)}`);
    });
    void closed.then(() => (this.#closed = true));
  }

  /** Lets all that follows from what was done come about, but no time pass. */
  async breathe(): Promise<void> {
    await vi.advanceTimersByTimeAsync(0);
    this.#compare();
  }

  async wait(steps: number): Promise<void> {
    for (let step = 0; step < steps; step += 1) {
      for (const model of this.models) model.pass(this.now() + STEP_MS);
      await vi.advanceTimersByTimeAsync(STEP_MS);
      this.#compare();
    }
  }

  /** The process dies: what the journal has by now is all that is left. Another one goes on with it. */
  async crash(): Promise<void> {
    if (this.journal === undefined || this.ends) return;
    const former = this.#books;
    expect(former.complaints).toEqual([]);
    const shown = this.models.filter(({ state }) => state === "DONE");
    this.#books = new TaskBooks();
    this.journal = this.#journalAfter(this.journal);
    // What the former process was in the middle of comes to nothing, and nobody listens to it.
    await vi.advanceTimersByTimeAsync(0);
    vi.clearAllTimers();
    this.#cancelling = 0;
    this.#full = this.#failed = false;
    const { memory } = this.journal;
    for (const task of (await memory.copy().resume()).tasks) this.#recall(task, former);
    this.#cachedBefore = this.#cachedNow();
    for (const { wanted } of shown) expect(this.#books.find(wanted.uid)?.state, `${wanted.uid} was DONE`).toBe("DONE");
    const unfinished = this.models.filter(({ settled }) => !settled);
    await this.#start(async (options) => await Session.resume(memory, options));
    const { resumed } = this.#session;
    expect(resumed?.unfinished.map(({ uid }) => uid)).toEqual(unfinished.map(({ wanted }) => wanted.uid));
    watch(resumed?.unfinished ?? [], this.#books);
  }

  /** Gives every task what it needs to end well, and closes the session, at the end or right away. */
  async finish(options: CloseOptions, order: "settle" | "close"): Promise<void> {
    if (order === "close") this.close(options);
    await this.#oblige(() => this.models.every(({ settled }) => settled));
    this.close(options);
    await this.#oblige(() => this.#closed);
    this.#books.end();
    if (this.journal !== undefined && !this.#failed) for (const model of this.models) this.#compareWithJournal(model);
    await this.breathe();
    expect(vi.getTimerCount(), "timers").toBe(0);
    expect(this.#cancelling, "cancels that did not resolve").toBe(0);
  }

  async #oblige(until: () => boolean): Promise<void> {
    for (let round = 0; round < 400 && !until(); round += 1) {
      while ((this.journal?.waiting ?? 0) > 0) this.journal?.answer("ok");
      for (const backend of this.backends) {
        while (backend.opens.length > 0) this.answerOpen(backend, true);
        while (backend.submits.length > 0) this.answerSubmit(backend, "ok");
        while (backend.cancels.length > 0) backend.answerCancel("cancelled", 0);
      }
      await this.breathe();
      for (const backend of this.backends) {
        const busy = backend.scripted.tasks.filter((attempt) => this.#present(attempt)?.inFlight === true);
        for (const attempt of busy) this.report(backend, attempt, ["DONE"]);
      }
      await this.wait(round < 20 ? 1 : 20);
    }
    const open = this.models.filter(({ settled }) => !settled).map(({ wanted, state }) => `${wanted.uid} ${state}`);
    expect(until(), `goes on for ever: ${open.join()}`).toBe(true);
  }

  async #start(make: (options: SessionOptions) => Promise<Session>): Promise<void> {
    const { workDir, losses } = this.#setting;
    const books = this.#books;
    const watcher: Watcher = {
      submitted: (backend, tasks) => books.handOver(backend, tasks),
      took: (tasks) => tasks.forEach(({ uid }) => books.find(uid)?.take()),
      stopped: (tasks) => tasks.forEach((attempt) => books === this.#books && this.#present(attempt)?.end("STOPPED")),
    };
    this.backends = this.#setting.backends.map(
      (holds, index) => new HeldBackend(`b${index}`, CORES, { holds, watcher }),
    );
    this.mishap = false;
    this.#calm = true;
    this.#session = await make({
      backends: this.backends.map(({ scripted }) => scripted),
      workDir,
      logger: silentLogger,
      handleInterrupt: false,
      failover: { losses },
    });
    // Right when it happens, which a reader of the stream does not see.
    Object.assign(this.#session.events(), {
      push: (event: SessionEvent) => books === this.#books && this.#hear(event),
    });
    this.#session.start().catch(() => {});
    // Making the session's directory is real work, which fake timers do not wait for.
    await Promise.all(this.backends.map(({ opening }) => opening.promise));
    await this.breathe();
  }

  #journalAfter(former: HeldJournal | undefined): HeldJournal {
    const books = this.#books;
    const held = this.#setting.journal === "held";
    return new HeldJournal({ held, former, written: (batch) => books.write(batch) });
  }

  #recall(
    { uid, done, attempt }: { readonly uid: string; readonly done: boolean; readonly attempt: number },
    former: TaskBooks,
  ): void {
    const wanted = former.find(uid)?.wanted;
    if (wanted === undefined) throw new Error(`nobody submitted ${uid}`);
    const dependencies = wanted.dependencies.flatMap((dependency) => this.#books.find(dependency.wanted.uid) ?? []);
    this.#books.add(TaskModel.resumed({ ...wanted, dependencies }, this, { done, attempt }));
  }

  #hear(event: SessionEvent): void {
    if (event.type === "task") return this.#books.see(event);
    if (event.type !== "journal") return;
    this.#full = event.status === "stalled";
    this.#failed ||= event.status === "failed";
    if (this.#failed) for (const model of this.models) model.stop("cancel");
  }

  #compare(): void {
    this.#ending ||= this.#mode === "cancel" || this.#mode === "checkpoint";
    this.#books.compare(this.#session.statistics(), this.closing);
    this.#lookForIdling();
    this.mishap = false;
    this.#cachedBefore = this.#cachedNow();
    expect(this.#books.complaints).toEqual([]);
  }

  /** The journal has every ending, but for those that only closing is to blame for: there what a former life wrote may stay. */
  #compareWithJournal({ wanted: { uid }, state, stopped }: TaskModel): void {
    const kept = this.journal?.memory.resultOf(uid)?.state;
    if (state !== "CANCELLED" || stopped === "cancel") expect(kept, uid).toBe(state);
    else expect(kept, uid).not.toBe("DONE");
  }

  /** Keys under which the journal has results. */
  #cachedNow(): ReadonlySet<string> {
    const { journal } = this;
    const keyed = this.models.filter(({ wanted }) => wanted.cacheKey !== undefined);
    return new Set(
      keyed.flatMap(({ wanted }) => (journal?.isDone(wanted.uid) === true ? (wanted.cacheKey ?? []) : [])),
    );
  }

  /** An open backend without work leaves nobody in line; of several, and after mishaps, it is not said whose turn it is. */
  #lookForIdling(): void {
    const [only, ...others] = this.backends;
    if (only?.isOpen !== true || others.length > 0 || this.closing || this.#full || !this.#calm) return;
    if (only.submits.length > 0 || this.models.some(({ inFlight }) => inFlight)) return;
    const late = this.models.filter(
      ({ ready, notBefore, wanted }) => ready && this.now() >= notBefore + STEP_MS / 2 && wanted.cacheKey === undefined,
    );
    const waiting = late.map(({ wanted }) => wanted.uid).filter((uid) => this.journaled(uid, "task"));
    if (waiting.length > 0) this.#books.complaints.push(`${waiting.join()} wait for an idle backend`);
  }

  #dies(backend: HeldBackend): void {
    this.#unlucky();
    backend.isLost();
    for (const model of this.models) if (model.backend === backend.name) model.end("BACKEND_LOST");
  }

  #unlucky(): void {
    this.mishap = true;
    this.#calm = false;
  }

  /** The task of an attempt, if it is its present one, on an opening that is alive. */
  #present({ uid, attempt, epoch }: TaskAttempt): TaskModel | undefined {
    const model = this.#books.find(uid);
    if (model?.attempt !== attempt) return undefined;
    return this.#backendOf(model.backend)?.speaksFor(epoch) === true ? model : undefined;
  }

  #backendOf(name: string | undefined): HeldBackend | undefined {
    return this.backends.find((backend) => backend.name === name);
  }
}

function watch(futures: readonly TaskFuture[], books: TaskBooks): void {
  for (const { uid } of futures) books.promise(uid);
  for (const future of futures) void future.settled().then(({ state }) => books.resolve(future.uid, state));
}
