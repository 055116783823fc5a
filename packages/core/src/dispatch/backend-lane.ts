import type { Backend, BackendHandle, CancelOutcome } from "../backend/backend.ts";
import type { BackendCapabilities, BackendCapacity } from "../backend/capabilities.ts";
import type { TaskSpec } from "../backend/task-spec.ts";
import type { TaskUpdate } from "../backend/task-update.ts";
import { BackendError, toBackendError } from "../errors/backend-error.ts";
import type { TaskPlan } from "../graph/task-plan.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import { within } from "../timing/within.ts";
import { buildSpec } from "./build-spec.ts";
import { cancelAttempts, type CancelOutcomes } from "./cancel-attempts.ts";
import { CapacityLedger } from "./capacity-ledger.ts";
import { closeInTime, letGo } from "./close-handle.ts";
import { Demands, excess, type Demand } from "./demand.ts";
import type { BackendStatus, LaneSink, Misfit } from "./lane-sink.ts";
import { ReadyQueue } from "./ready-queue.ts";
import { Waits } from "./waits.ts";

/** Most attempts in one `submit`; keeps single calls, and the pause of the event loop for building them, short. */
const MAX_BATCH = 1024;

/** One backend of a session: what waits for it, what is in flight on it, and whether it is open. */
export class BackendLane {
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  readonly #backend: Backend;
  readonly #sink: LaneSink;
  readonly #ready = new ReadyQueue();
  readonly #inFlight = new Map<string, TaskRecord>();
  readonly #demands: Demands;
  readonly #ledger: CapacityLedger;
  #epoch = 0;
  #handle: BackendHandle | undefined;
  #opening: Promise<BackendHandle> | undefined;
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

  constructor(backend: Backend, sink: LaneSink) {
    this.#backend = backend;
    this.#sink = sink;
    this.name = backend.name;
    this.capabilities = backend.capabilities;
    this.#demands = new Demands(backend.capabilities);
    this.#ledger = new CapacityLedger(backend.capabilities.capacity ?? {});
  }

  get capacity(): BackendCapacity {
    return this.#ledger.capacity;
  }

  get status(): BackendStatus {
    return this.#status;
  }

  get waiting(): number {
    return this.#ready.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  demandOf(plan: TaskPlan): Demand {
    return this.#demands.of(plan);
  }

  /** Puts a ready record in line, unless the backend has become too small for it since it was routed. */
  enqueue(record: TaskRecord): Misfit | undefined {
    record.demand ??= this.demandOf(record.plan);
    const shortfalls = excess(record.demand, this.capacity);
    if (shortfalls.length > 0) return { record, shortfalls };
    record.queued = true;
    this.#ready.push(record, record.demand);
    return undefined;
  }

  /** Takes note that a record in line has settled. */
  withdraw(record: TaskRecord): void {
    record.queued = false;
    this.#ready.discard();
  }

  /** The record of an attempt in flight, if the update is news of the present attempt and opening. */
  find(update: { readonly uid: string; readonly attempt: number; readonly epoch: number }): TaskRecord | undefined {
    if (update.epoch !== this.#epoch) return undefined;
    const record = this.#inFlight.get(update.uid);
    return record?.attempt === update.attempt ? record : undefined;
  }

  /** Takes an ended attempt out of flight and gives back what it took. */
  finish(record: TaskRecord): void {
    if (!this.#inFlight.delete(record.uid) || record.demand === undefined) return;
    record.accepted = false;
    this.#ledger.give(record.demand);
  }

  /**
   * Hands over what is ready and fits, opening the backend first when it is not open.
   *
   * @returns how many attempts were handed over; call again while it is not 0 and nothing else needs a turn.
   */
  pump(): number {
    if (this.#closed || this.#submitting !== undefined || this.#ready.size === 0) return 0;
    if (this.#handle === undefined) {
      // Failure is told through the sink.
      this.open().catch(() => {});
      return 0;
    }
    const records: TaskRecord[] = [];
    const specs: TaskSpec[] = [];
    const fits = (demand: Demand): boolean => this.#ledger.fits(demand);
    while (specs.length < MAX_BATCH && !this.#ledger.full) {
      const record = this.#ready.take(fits);
      if (record?.demand === undefined) break;
      record.queued = false;
      record.attempt += 1;
      const spec = this.#build(record, record.demand);
      if (spec === undefined) continue;
      this.#ledger.take(record.demand);
      this.#inFlight.set(record.uid, record);
      this.#sink.handedOver(record);
      records.push(record);
      specs.push(spec);
    }
    if (specs.length > 0) this.#submitting = this.#submit(this.#handle, records, specs);
    return specs.length;
  }

  /**
   * Opens the backend; calls while it opens share one opening.
   *
   * @throws {@link BackendError} `BACKEND_UNAVAILABLE`, or whatever code the backend gave.
   */
  async open(): Promise<void> {
    if (this.#closed)
      throw new BackendError("BACKEND_CLOSED", { backend: this.name, message: "the session is closed" });
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
    const records = all.filter((record) => this.#inFlight.get(record.uid) === record);
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
    const message = `was still being opened ${graceMs} ms after the session began to close; it is closed when that ends`;
    throw new BackendError("BACKEND_UNAVAILABLE", { backend: this.name, message });
  }

  #build(record: TaskRecord, demand: Demand): TaskSpec | undefined {
    try {
      return buildSpec(record, demand, this.#epoch);
    } catch (cause) {
      // It is not handed over.
      record.attempt -= 1;
      this.#sink.unbuildable(record, cause);
      return undefined;
    }
  }

  async #open(): Promise<BackendHandle> {
    this.#epoch += 1;
    const epoch = this.#epoch;
    this.#setStatus("opening");
    try {
      await this.#lettingGo;
      const handle = await this.#backend.open({
        sessionUid: this.#sink.sessionUid,
        workDir: await this.#sink.workDir(),
        logger: this.#sink.logger,
        epoch,
        environment: this.#sink.environment,
        report: (updates) => this.#report(updates),
        capacity: (capacity) => this.#resize(capacity, epoch),
        lost: (error) => this.#lost(error, epoch),
      });
      if (epoch !== this.#epoch) {
        await handle.close(0);
        const message = this.#closed ? "the session closed meanwhile" : "the engine died while it was being opened";
        throw new BackendError(this.#closed ? "BACKEND_CLOSED" : "BACKEND_LOST", { backend: this.name, message });
      }
      this.#handle = handle;
      this.#opening = undefined;
      this.#setStatus("open");
      return handle;
    } catch (cause) {
      this.#opening = undefined;
      if (this.#closed && epoch !== this.#epoch) throw cause;
      const what = "could not be opened";
      const error = toBackendError(cause, { backend: this.name, code: "BACKEND_UNAVAILABLE", what });
      this.#setStatus("unavailable", error);
      const waiting = this.#drain(() => true);
      this.#sink.unavailable(this, waiting, error);
      throw error;
    }
  }

  async #submit(handle: BackendHandle, records: readonly TaskRecord[], specs: readonly TaskSpec[]): Promise<void> {
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
    this.#submitting = undefined;
    const early = this.#early;
    this.#early = [];
    if (refusal !== undefined) {
      for (const record of records) this.finish(record);
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
    this.#ledger.resize(capacity);
    const stuck = this.#drain((demand) => excess(demand, capacity).length > 0);
    const shortfallsOf = ({ demand, plan }: TaskRecord) => excess(demand ?? this.demandOf(plan), capacity);
    const misfits = stuck.map((record) => ({ record, shortfalls: shortfallsOf(record) }));
    this.#sink.neverFit(this, misfits);
  }

  #setStatus(status: BackendStatus, error?: BackendError): void {
    this.#status = status;
    this.#sink.status(this, status, error);
  }

  #drain(passes: (demand: Demand) => boolean): TaskRecord[] {
    const drained = this.#ready.drain((_, demand) => passes(demand));
    for (const record of drained) record.queued = false;
    return drained;
  }

  #lost(error: BackendError, epoch: number): void {
    if (epoch !== this.#epoch || this.#closed) return;
    // From here on nothing of that opening counts.
    this.#epoch += 1;
    const handle = this.#handle;
    this.#handle = undefined;
    this.#submitting = undefined;
    this.#early = [];
    const inFlight = [...this.#inFlight.values()];
    for (const record of inFlight) this.finish(record);
    this.#lettingGo = letGo(handle, { backend: this.name, logger: this.#sink.logger }).then(() => this.#cancels.end());
    this.#setStatus("lost", error);
    this.#sink.lost(this, inFlight, error);
  }
}
