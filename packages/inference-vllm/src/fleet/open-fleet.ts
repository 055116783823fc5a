import { setTimeout as pause } from "node:timers/promises";
import type { Call, CallControl, Fleet, ReplicaAddress, ReplicaState, Reply } from "./call.ts";
import { chooseReplica, type Placement } from "./choose-replica.ts";
import type { Refusal } from "./classify.ts";
import type { Attempt } from "./connection.ts";
import { toFleetSettings, type FleetOptions, type FleetSettings } from "./fleet-options.ts";
import { hedge } from "./hedge.ts";
import { InferenceError } from "./inference-error.ts";
import { Patience } from "./patience.ts";
import { beginningsOf, PrefixIndex } from "./prefix-index.ts";
import { Recovery } from "./recovery.ts";
import { Replica } from "./replica.ts";
import { WaitingLine } from "./waiting-line.ts";

/** A fleet of the given servers; more can be added. No request is sent before there is a call, but one to each for its models. */
export function openFleet(addresses: readonly ReplicaAddress[], options?: FleetOptions): Fleet {
  const fleet = new OpenFleet(toFleetSettings(options));
  for (const address of addresses) fleet.add(address);
  return fleet;
}

/** Pause before a call goes out again when no other server is left to ask and the server named none, in milliseconds; doubled each time. */
const PAUSE_MS = 100;

/** A call that waits for room. */
interface Waiting extends Placement {
  /** Calls of one owner that the same servers can take go in order, whatever others wait for. */
  readonly owner: string;
  readonly go: (replica: Replica) => void;
  readonly fail: (error: unknown) => void;
}

class OpenFleet implements Fleet {
  readonly #settings: FleetSettings;
  readonly #replicas = new Map<string, Replica>();
  readonly #line: WaitingLine<Waiting>;
  readonly #index = new PrefixIndex();
  readonly #recovery = new Recovery(() => this.#servedAnew());
  readonly #closed = new AbortController();
  /** Those that were taken out of use, until their calls have ended. */
  readonly #leaving = new Set<Replica>();
  readonly #patience: Patience;

  constructor(settings: FleetSettings) {
    this.#settings = settings;
    this.#line = new WaitingLine(settings.maxWaiting);
    this.#patience = new Patience(settings.patienceMs, (model) => this.#giveUp(model));
  }

  get replicas(): readonly ReplicaState[] {
    return [...this.#replicas.values()];
  }

  get waiting(): number {
    return this.#line.size;
  }

  add(address: ReplicaAddress): void {
    const known = this.#replicas.get(address.name);
    if (known !== undefined) this.#take(known);
    const replica = new Replica(address, this.#settings);
    this.#replicas.set(replica.name, replica);
    // Only to choose better: a server that does not tell is asked all the same.
    void replica.learnModels(this.#closed.signal).then(() => this.#servedAnew());
    this.#servedAnew();
  }

  remove(name: string): void {
    const replica = this.#replicas.get(name);
    if (replica === undefined) return;
    this.#replicas.delete(name);
    this.#take(replica);
  }

  async send(call: Call, control: CallControl = {}): Promise<Reply> {
    const beginnings = beginningsOf(call.prefix);
    const failed = new Set<string>();
    for (let tries = 1; ; tries += 1) {
      this.#refuseIfClosed(control.signal);
      const placement: Placement = { call, beginnings, failed };
      const replica = this.#reserve(placement) ?? (await this.#wait(placement, control.signal));
      const attempt = await this.#askHedged(replica, placement, control);
      if ("reply" in attempt) return { ...attempt.reply, tries };
      const { refusal, delivered } = attempt;
      if (delivered || refusal.again === "never" || tries >= this.#settings.maxTries) throw refusal.error;
      if (refusal.again === "elsewhere")
        await this.#beforeAnother(refusal, { ...placement, failed, replica, tries, signal: control.signal });
    }
  }

  async check(signal: AbortSignal): Promise<void> {
    const both = AbortSignal.any([signal, this.#closed.signal]);
    const isIdle = ({ status, inFlight }: Replica): boolean => status === "healthy" && inFlight === 0;
    const look = async (replica: Replica): Promise<void> => {
      // It may have got a call meanwhile, or be gone.
      if ((await replica.probe(both)) || !isIdle(replica) || this.#closed.signal.aborted) return;
      replica.status = "ejected";
      this.#lose(replica);
    };
    await Promise.all([...this.#replicas.values()].filter(isIdle).map(look));
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const error = new InferenceError("INFERENCE_CLOSED", "the servers' connections were closed");
    this.#closed.abort(error);
    this.#recovery.close();
    for (const waiting of this.#line.drain()) waiting.fail(error);
    this.#watchPatience();
    await Promise.all([...this.#replicas.values(), ...this.#leaving].map(({ connection }) => connection.close()));
  }

  /** Room for the call now, on another server than `but`; taken. */
  #reserve(placement: Placement, but?: Replica): Replica | undefined {
    const replica = chooseReplica(this.#replicas.values(), placement, this.#index);
    if (replica === undefined || replica === but) return undefined;
    replica.reserve(placement.call);
    if (placement.beginnings.length > 0) this.#index.sent(placement.beginnings, replica.name);
    return replica;
  }

  /** Waits in line for room. */
  async #wait(placement: Placement, signal: AbortSignal | undefined): Promise<Replica> {
    this.#refuseUnknownModel(placement.call);
    const { promise, resolve, reject } = Promise.withResolvers<Replica>();
    const { call, failed } = placement;
    const owner = JSON.stringify([call.owner, call.body["model"], ...failed]);
    const waiting: Waiting = { ...placement, owner, go: resolve, fail: reject };
    if (!this.#line.push(waiting)) {
      const message = `${this.#line.size} calls wait already; submit fewer at a time, or raise maxWaiting`;
      throw new InferenceError("INFERENCE_QUEUE_FULL", message);
    }
    const leave = (): void => {
      this.#line.delete(waiting);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", leave, { once: true });
    if (!this.#isServed(call)) this.#watchPatience();
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", leave);
      if (this.#patience.isWaiting) this.#watchPatience();
    }
  }

  /** Asks a second server as well when the first takes long. A stream is asked for once: its pieces are given out as they come. */
  #askHedged(replica: Replica, placement: Placement, control: CallControl): Promise<Attempt> {
    const { hedgeAfterMs: afterMs } = this.#settings;
    const { call } = placement;
    if (afterMs === undefined || control.onEvent !== undefined) return this.#ask(replica, call, control);
    return hedge({
      first: (signal) => this.#ask(replica, call, { ...control, signal }),
      second: (signal) => {
        const other = this.#reserve({ ...placement, failed: new Set([...placement.failed, replica.name]) }, replica);
        return other && this.#ask(other, call, { ...control, signal });
      },
      afterMs,
      signal: control.signal,
    });
  }

  async #ask(replica: Replica, call: Call, control: CallControl): Promise<Attempt> {
    control.onStart?.(replica.name);
    try {
      return await replica.ask(call, control);
    } finally {
      if (this.#closed.signal.aborted) this.#closed.signal.throwIfAborted();
      if (replica.status === "ejected") this.#lose(replica);
      else this.#admit();
    }
  }

  /** There is a server more, or one has told what models it has. */
  #servedAnew(): void {
    this.#admit();
    this.#watchPatience();
  }

  /** Fills free room with calls that wait. */
  #admit(): void {
    // Where nobody has room there may be many to ask in vain.
    while (this.#line.size > 0 && [...this.#replicas.values()].some(({ hasRoom }) => hasRoom)) {
      let room: Replica | undefined;
      const next = this.#line.take((waiting) => (room = this.#reserve(waiting)) !== undefined);
      if (next === undefined || room === undefined) return;
      next.go(room);
    }
  }

  #lose(replica: Replica): void {
    this.#index.forget(replica.name);
    this.#recovery.watch(replica);
    this.#watchPatience();
  }

  /** Lets the calls of a server end, then closes its connections; it gets no new ones. */
  #take(replica: Replica): void {
    replica.status = "removed";
    this.#index.forget(replica.name);
    this.#leaving.add(replica);
    const left = (): boolean => this.#leaving.delete(replica);
    // Fails when it is closed already.
    void replica.connection.drain().then(left, left);
    this.#watchPatience();
  }

  /** Patience runs while calls wait for a model that no server in use has. */
  #watchPatience(): void {
    const heads = [...this.#line.heads()].filter(({ call }) => !this.#isServed(call));
    this.#patience.watch(new Set(heads.map(({ call }) => call.body["model"])));
  }

  #isServed({ body }: Call): boolean {
    for (const replica of this.#replicas.values())
      if (replica.status === "healthy" && replica.has(body["model"])) return true;
    return false;
  }

  #giveUp(model: unknown): void {
    const servers =
      [...this.#replicas.values()].map(({ name, url }) => `${name} (${url})`).join(", ") || "there is none";
    const which = typeof model === "string" ? `server with the model ${JSON.stringify(model)}` : "server";
    const message = `no ${which} has answered for ${this.#settings.patienceMs} ms: ${servers}; is it running, and is the address right?`;
    const given = this.#line.drain(({ call }) => call.body["model"] === model);
    for (const waiting of given) waiting.fail(new InferenceError("INFERENCE_UNREACHABLE", message));
  }

  /** Waits, when no server is left that did not fail the call, for as long as the server asked, then forgets the failures. */
  async #beforeAnother({ retryAfterMs }: Refusal, { call, failed, replica, tries, signal }: Repeat): Promise<void> {
    failed.add(replica.name);
    const { model } = call.body;
    const mayDo = (other: Replica): boolean =>
      other.status === "healthy" && other.has(model) && !failed.has(other.name);
    if ([...this.#replicas.values()].some(mayDo)) return;
    failed.clear();
    const stop = signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
    try {
      await pause(retryAfterMs ?? PAUSE_MS * 2 ** (tries - 1), undefined, { signal: stop });
    } catch {
      this.#refuseIfClosed(signal);
    }
  }

  #refuseIfClosed(signal: AbortSignal | undefined): void {
    this.#closed.signal.throwIfAborted();
    signal?.throwIfAborted();
  }

  #refuseUnknownModel({ body }: Call): void {
    const replicas = [...this.#replicas.values()];
    if (replicas.length === 0 || replicas.some((replica) => replica.has(body["model"]))) return;
    const known = [...new Set(replicas.flatMap(({ models }) => models))].join(", ");
    throw new InferenceError(
      "INFERENCE_MODEL_NOT_FOUND",
      `no server has the model ${JSON.stringify(body["model"])}; there is ${known}`,
    );
  }
}

/** What is known when a call is to go out again. */
interface Repeat extends Placement {
  readonly failed: Set<string>;
  readonly replica: Replica;
  readonly tries: number;
  readonly signal: AbortSignal | undefined;
}
