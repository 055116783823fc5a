import type { Backend, BackendHandle, CancelOutcome } from "../backend/backend.ts";
import type { BackendCapabilities, BackendCapacity } from "../backend/capabilities.ts";
import type { EngineFacts } from "../backend/engine-facts.ts";
import type { TaskUpdate } from "../backend/task-update.ts";
import { toBackendError, type BackendError } from "../errors/backend-error.ts";
import { Reopening } from "../failover/reopening.ts";
import type { TaskPlan } from "../graph/task-plan.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import { within } from "../timing/within.ts";
import { cancelAttempts, type CancelOutcomes } from "./cancel-attempts.ts";
import { closeInTime, letGo } from "./close-handle.ts";
import type { Demand } from "./demand.ts";
import { InFlight } from "./in-flight.ts";
import type { BackendStatus, LaneSink, Misfit } from "./lane-sink.ts";
import { nextBatch, type Batch } from "./next-batch.ts";
import { sessionClosed, stillOpening } from "./opening-errors.ts";
import { WaitingLine } from "./waiting-line.ts";
import { Waits } from "./waits.ts";

/** One backend of a session: what waits for it, what is in flight on it, and whether it is open. */
export class BackendLane {
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  readonly #backend: Backend;
  readonly #sink: LaneSink;
  readonly #line: WaitingLine;
  readonly #inFlight: InFlight;
  readonly #reopening: Reopening;
  #epoch = 0;
  #handle: BackendHandle | undefined;
  #opening: Promise<BackendHandle> | undefined;
  /** Aborted when the present opening is not wanted any more. */
  #givingUp = new AbortController();
  /** The close of a lost opening, before which there is no next one. */
  #lettingGo: Promise<void> | undefined;
  /** The batch being handed over, until the backend has taken or refused it. */
  #submitting: Promise<void> | undefined;
  /** Updates of the batch being handed over, which count only once it is accepted. */
  #early: TaskUpdate[] = [];
  /** Cancels that wait for the backend's answer, which a dead or closed one may never give. */
  readonly #cancels = new Waits();
  #closed = false;
  #status: BackendStatus = "closed";
  #engine: EngineFacts | undefined;

  constructor(backend: Backend, sink: LaneSink) {
    this.#backend = backend;
    this.#sink = sink;
    this.name = backend.name;
    this.capabilities = backend.capabilities;
    this.#reopening = new Reopening(sink.failover);
    this.#line = new WaitingLine(backend.capabilities);
    this.#inFlight = new InFlight(backend.capabilities.capacity ?? {});
  }

  get capacity(): BackendCapacity {
    return this.#inFlight.capacity;
  }

  get status(): BackendStatus {
    return this.#status;
  }

  /** What the engine last told of itself; `undefined` while it is not open. */
  get engine(): EngineFacts | undefined {
    return this.#engine;
  }

  get waiting(): number {
    return this.#line.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  demandOf(plan: TaskPlan): Demand {
    return this.#line.demandOf(plan);
  }

  /** Puts a ready record in line, unless the backend has become too small for it since it was routed. */
  enqueue(record: TaskRecord): Misfit | undefined {
    return this.#line.add(record, this.capacity);
  }

  /** Takes note that a record in line has settled. */
  withdraw(record: TaskRecord): void {
    this.#line.withdraw(record);
  }

  /** The record of an attempt in flight, if the update is news of the present attempt and opening. */
  find(update: { readonly uid: string; readonly attempt: number; readonly epoch: number }): TaskRecord | undefined {
    return update.epoch === this.#epoch ? this.#inFlight.find(update) : undefined;
  }

  /** Takes an attempt that ended on the backend out of flight and gives back what it took. */
  finish(record: TaskRecord): void {
    if (this.#inFlight.remove(record)) this.#reopening.proven();
  }

  /** Takes an attempt that was lost out of flight: an end that proves nothing of the backend. */
  forget(record: TaskRecord): void {
    this.#inFlight.remove(record);
  }

  /** Takes out of the line, for good, what passes. */
  drain(passes: (record: TaskRecord) => boolean): TaskRecord[] {
    return this.#line.drain(passes);
  }

  /**
   * Hands over what is ready and fits, opening the backend first when it is not open.
   *
   * @returns how many attempts were handed over; call again while it is not 0 and nothing else needs a turn.
   */
  pump(): number {
    if (this.#closed || this.#submitting !== undefined || this.#line.size === 0) return 0;
    if (this.#handle === undefined) {
      if (this.#reopening.pausing) return 0;
      // Failure is told through the sink.
      this.open().catch(() => {});
      return 0;
    }
    const batch = nextBatch({ line: this.#line, inFlight: this.#inFlight, sink: this.#sink, epoch: this.#epoch });
    if (batch.specs.length > 0) this.#submitting = this.#submit(this.#handle, batch);
    return batch.specs.length;
  }

  /**
   * Opens the backend; calls while it opens share one opening.
   *
   * @throws {@link BackendError} `BACKEND_UNAVAILABLE`, or whatever code the backend gave.
   */
  async open(): Promise<void> {
    if (this.#closed) throw sessionClosed(this.name);
    if (this.#handle !== undefined) return;
    this.#opening ??= this.#open();
    await this.#opening;
  }

  /** Stops attempts; resolves with what became of each once their work is gone. Attempts that are not in flight are "cancelled". */
  async cancel(records: readonly TaskRecord[], reason: string): Promise<readonly CancelOutcome[]> {
    let outcomes: CancelOutcomes | undefined;
    await this.#cancels.until(this.#askToCancel(records, reason).then((given) => (outcomes = given)));
    return records.map((record) => outcomes?.get(record) ?? "cancelled");
  }

  async #askToCancel(all: readonly TaskRecord[], reason: string): Promise<CancelOutcomes> {
    // What is being handed over cannot be cancelled before the backend has it.
    if (!all.every(({ accepted }) => accepted)) await this.#submitting;
    const records = all.filter((record) => this.#inFlight.has(record));
    const { logger } = this.#sink;
    const epoch = this.#epoch;
    return await cancelAttempts({ handle: this.#handle, records, epoch, reason, logger, backend: this.name });
  }

  /**
   * Closes the backend for good; what it reports until then still counts. Idempotent.
   *
   * @throws whatever the backend throws; {@link BackendError} `BACKEND_UNAVAILABLE` when it was still being opened and took longer than `graceMs`.
   */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    this.#reopening.stop();
    if (this.#opening !== undefined) this.#givingUp.abort(sessionClosed(this.name));
    if (this.#lettingGo !== undefined) await within(this.#lettingGo, graceMs);
    const handle = this.#handle ?? (await this.#opened(graceMs));
    if (handle === undefined) return this.#cancels.end();
    try {
      await closeInTime(handle, { backend: this.name, graceMs });
    } finally {
      this.#handle = undefined;
      this.#epoch += 1;
      this.#cancels.end();
      this.#setStatus("closed");
    }
  }

  /** The handle of an opening that is under way, if it comes in time. */
  async #opened(graceMs: number): Promise<BackendHandle | undefined> {
    if (this.#opening === undefined) return undefined;
    const handle = await within(this.#opening, graceMs).catch(() => undefined);
    if (handle !== "late") return handle;
    // Fences the opening: whenever it ends, it is closed again.
    this.#epoch += 1;
    this.#setStatus("closed");
    throw stillOpening(this.name, graceMs);
  }

  async #open(): Promise<BackendHandle> {
    this.#epoch += 1;
    const epoch = this.#epoch;
    this.#reopening.stop();
    this.#givingUp = new AbortController();
    const { signal } = this.#givingUp;
    this.#setStatus("opening");
    try {
      await this.#lettingGo;
      const workDir = await this.#sink.workDir();
      signal.throwIfAborted();
      const handle = await this.#backend.open({
        sessionUid: this.#sink.sessionUid,
        workDir,
        logger: this.#sink.logger,
        epoch,
        signal,
        environment: this.#sink.environment,
        report: (updates) => this.#report(updates),
        capacity: (capacity) => this.#resize(capacity, epoch),
        observe: (facts) => this.#observe(facts, epoch),
        lost: (error) => this.#lost(error, epoch),
      });
      if (epoch !== this.#epoch) {
        await handle.close(0);
        throw signal.reason;
      }
      this.#handle = handle;
      this.#opening = undefined;
      this.#reopening.opened();
      this.#setStatus("open");
      return handle;
    } catch (cause) {
      this.#opening = undefined;
      const what = "could not be opened";
      const error = toBackendError(cause, { backend: this.name, code: "BACKEND_UNAVAILABLE", what });
      if (!this.#closed) {
        this.#setStatus("unavailable", error);
        this.#recover(error);
      } else if (epoch === this.#epoch) {
        this.#setStatus("closed");
      }
      throw error;
    }
  }

  async #submit(handle: BackendHandle, { records, specs }: Batch): Promise<void> {
    const epoch = this.#epoch;
    let refusal: BackendError | undefined;
    try {
      await handle.submit(specs);
    } catch (cause) {
      const what = "refused a batch of tasks";
      refusal = toBackendError(cause, { backend: this.name, code: "BACKEND_REJECTED_TASKS", what });
    }
    // The engine died meanwhile: its attempts were told lost, and a batch of the next opening may be under way.
    if (epoch !== this.#epoch) return;
    // It says so itself, by refusing the batch.
    if (refusal?.code === "BACKEND_LOST" && !this.#closed) return this.#lost(refusal, epoch);
    this.#submitting = undefined;
    const early = this.#early;
    this.#early = [];
    if (refusal !== undefined) {
      for (const record of records) this.#inFlight.remove(record);
      this.#sink.refused(this, records, refusal);
      return;
    }
    for (const record of records) record.accepted = true;
    // Even without news: there may be more to hand over.
    this.#sink.updates(this, early);
  }

  #report(updates: readonly TaskUpdate[]): void {
    if (this.#submitting === undefined) return this.#sink.updates(this, updates);
    const now: TaskUpdate[] = [];
    for (const update of updates) (this.find(update)?.accepted === true ? now : this.#early).push(update);
    if (now.length > 0) this.#sink.updates(this, now);
  }

  #resize(capacity: BackendCapacity, epoch: number): void {
    if (epoch !== this.#epoch) return;
    this.#inFlight.capacity = capacity;
    this.#sink.neverFit(this, this.#line.drainMisfits(capacity));
  }

  #observe(facts: EngineFacts, epoch: number): void {
    if (epoch !== this.#epoch) return;
    this.#engine = facts;
    this.#sink.observed(this, facts);
  }

  #setStatus(status: BackendStatus, error?: BackendError): void {
    this.#status = status;
    if (status !== "open") this.#engine = undefined;
    this.#sink.status(this, status, error);
  }

  /** Has the backend opened again, after a pause where one is due, or gives it up. */
  #recover(error: BackendError): void {
    const end = this.#reopening.mishap(error, this.name);
    if (end === undefined) {
      this.#reopening.wait(() => this.#sink.updates(this, []));
      this.#sink.delayed(this);
      return;
    }
    if (end !== error) this.#setStatus("unavailable", end);
    const waiting = this.drain(() => true);
    this.#sink.unavailable(this, waiting, end);
  }

  #lost(error: BackendError, epoch: number): void {
    if (epoch !== this.#epoch || this.#closed) return;
    // From here on nothing of that opening counts.
    this.#epoch += 1;
    const handle = this.#handle;
    this.#handle = undefined;
    this.#submitting = undefined;
    this.#early = [];
    this.#givingUp.abort(error);
    const inFlight = this.#inFlight.clear();
    this.#lettingGo = letGo(handle, { backend: this.name, logger: this.#sink.logger }).then(() => this.#cancels.end());
    this.#setStatus("lost", error);
    this.#sink.lost(this, inFlight, error);
    // One that dies while it is being opened is the failure of that opening.
    if (this.#opening === undefined) this.#recover(error);
  }
}
