import {
  silentLogger,
  type Backend,
  type BackendContext,
  type BackendHandle,
  type CancelOutcome,
  type TaskAttempt,
  type TaskSpec,
  type TaskWork,
} from "@rhapsody/core";
import type { Settings } from "../suite/settings.ts";
import { Room } from "./room.ts";
import { isEnd, UpdateLog, type EndUpdate } from "./update-log.ts";
import { within } from "./within.ts";

/** Where and how to open a backend. */
export interface OpeningPlace {
  readonly workDir: string;
  readonly epoch: number;
  readonly environment: Readonly<Record<string, string>>;
  /** True to give the opening up once it has begun, as a session does that closes meanwhile. */
  readonly givesUp?: boolean;
}

/** One opening of a backend, driven as a session drives it: no more in flight than there is room for, one `submit` at a time. */
export class Opening {
  readonly backend: Backend;
  readonly epoch: number;
  /** What the backend reported. */
  readonly log: UpdateLog;
  /** What `open` gave. */
  readonly handle: BackendHandle;
  readonly #settings: Settings;
  readonly #room: Room;
  #count = 0;
  #closed = false;

  private constructor(
    backend: Backend,
    handle: BackendHandle,
    parts: { log: UpdateLog; room: Room; epoch: number; settings: Settings },
  ) {
    this.backend = backend;
    this.handle = handle;
    this.log = parts.log;
    this.epoch = parts.epoch;
    this.#room = parts.room;
    this.#settings = parts.settings;
  }

  static async open(
    backend: Backend,
    { givesUp = false, ...place }: OpeningPlace,
    settings: Settings,
  ): Promise<Opening> {
    const log = new UpdateLog(settings.timeoutMs);
    const room = new Room(backend.capabilities.capacity ?? {});
    const givingUp = new AbortController();
    const context: BackendContext = {
      sessionUid: "conformance",
      ...place,
      logger: silentLogger,
      signal: givingUp.signal,
      report: (updates) => {
        for (const update of updates) if (isEnd(update)) room.give(update);
        log.record(updates);
      },
      capacity: (capacity) => {
        room.resize(capacity);
        log.wake();
      },
      observe: () => {},
      lost: (error) => log.lose(error),
    };
    const opened = backend.open(context);
    if (givesUp) givingUp.abort(new Error("the test gives the opening up"));
    const handle = await within(opened, settings.openTimeoutMs, "open to resolve");
    return new Opening(backend, handle, { log, room, epoch: place.epoch, settings });
  }

  /** Describes an attempt at a new task, with the backend's default resources. */
  spec(work: TaskWork, fields: Partial<TaskSpec> = {}): TaskSpec {
    this.#count += 1;
    const uid = `task.${String(this.#count).padStart(6, "0")}`;
    return {
      uid,
      attempt: 1,
      epoch: this.epoch,
      name: uid,
      work,
      environment: {},
      resources: this.#defaultResources(work),
      priority: 0,
      backendOptions: {},
      ...fields,
    };
  }

  /** Hands attempts over, as many at a time as there is room for and at most `batchSize`; resolves once all are queued. */
  async submit(specs: readonly TaskSpec[], batchSize: number = specs.length): Promise<void> {
    let next = 0;
    let batch: TaskSpec[] = [];
    const gather = (): boolean => {
      for (
        let spec = specs[next];
        spec !== undefined && batch.length < batchSize && this.#room.take(spec);
        spec = specs[next]
      ) {
        batch.push(spec);
        next += 1;
      }
      return batch.length > 0;
    };
    while (next < specs.length) {
      await this.log.until(gather, () => `room for ${specs[next]?.uid} (${next} of ${specs.length} handed over)`);
      await this.handOver(batch);
      batch = [];
    }
  }

  /** Calls `submit` as it is, with no regard to room, which no session does. */
  handOver(batch: readonly TaskSpec[]): Promise<void> {
    return within(this.handle.submit(batch), this.#settings.timeoutMs, "submit to settle");
  }

  /** Runs one task and resolves with the update that ends it. */
  async run(work: TaskWork, fields: Partial<TaskSpec> = {}): Promise<EndUpdate> {
    const spec = this.spec(work, fields);
    await this.submit([spec]);
    const [end] = await this.log.ended([spec]);
    if (end === undefined) throw new TypeError("ended() gives one end for each attempt");
    return end;
  }

  /** Runs tasks and resolves with their ends, in the same order. */
  async runAll(specs: readonly TaskSpec[], batchSize?: number): Promise<readonly EndUpdate[]> {
    await this.submit(specs, batchSize);
    return this.log.ended(specs);
  }

  /** Calls `cancel`, which the capabilities promise. */
  async cancel(attempts: readonly TaskAttempt[]): Promise<readonly CancelOutcome[]> {
    if (this.handle.cancel === undefined)
      throw new TypeError("the handle has no cancel although the capabilities promise it");
    const plain = attempts.map(({ uid, attempt, epoch }) => ({ uid, attempt, epoch }));
    const outcomes = await within(
      this.handle.cancel(plain, "the test cancels it"),
      this.#settings.timeoutMs,
      "cancel to resolve",
    );
    for (const attempt of attempts) this.#room.give(attempt);
    this.log.wake();
    return outcomes;
  }

  /** True once the test has closed it, or tried to. */
  get closed(): boolean {
    return this.#closed;
  }

  close(graceMs = 0): Promise<void> {
    this.#closed = true;
    return within(this.handle.close(graceMs), this.#settings.timeoutMs + graceMs, "close to resolve");
  }

  #defaultResources(work: TaskWork): TaskSpec["resources"] {
    const { defaultResources = {} } = this.backend.capabilities;
    if (work.kind !== "function") return { ...defaultResources[work.kind] };
    return { ...defaultResources.function, ...defaultResources[work.function.kind] };
  }
}
