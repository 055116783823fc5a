import { setTimeout as pause } from "node:timers/promises";
import type { Attempt } from "./answer.ts";
import type { Call, CallControl, Fleet, ReplicaAddress, ReplicaState, Reply } from "./call.ts";
import { chooseReplica, type Placement } from "./choose-replica.ts";
import type { Refusal } from "./classify.ts";
import { toFleetSettings, type FleetOptions, type FleetSettings } from "./fleet-options.ts";
import { hedge } from "./hedge.ts";
import { InferenceError } from "./inference-error.ts";
import { Patience } from "./patience.ts";
import { beginningsOf, PrefixIndex } from "./prefix-index.ts";
import { Recovery } from "./recovery.ts";
import { Replica } from "./replica.ts";
import { Tries } from "./tries.ts";
import { WaitingCall } from "./waiting-call.ts";
import { WaitingLine } from "./waiting-line.ts";

/** Called with a server that gets no more calls, and why, until it answers again; then without a reason. */
export type HealthListener = (server: string, trouble: string | undefined) => void;

/** A fleet of the given servers; more can be added. No request is sent before there is a call, but one to each for its models. */
export function openFleet(
  addresses: readonly ReplicaAddress[],
  options?: FleetOptions,
  onHealth: HealthListener = () => {},
): Fleet {
  const fleet = new OpenFleet(toFleetSettings(options), onHealth);
  for (const address of addresses) fleet.add(address);
  return fleet;
}

/** No server has failed the call. */
const NONE: ReadonlySet<string> = new Set();

class OpenFleet implements Fleet {
  readonly #settings: FleetSettings;
  #replicas: readonly Replica[] = [];
  readonly #line: WaitingLine<WaitingCall>;
  readonly #index = new PrefixIndex();
  readonly #recovery = new Recovery((replica) => {
    this.#onHealth(replica.name, undefined);
    this.#servedAnew();
  });
  readonly #closed = new AbortController();
  /** Those that were taken out of use, until their calls have ended. */
  readonly #leaving = new Set<Replica>();
  readonly #patience: Patience;

  readonly #onHealth: HealthListener;

  constructor(settings: FleetSettings, onHealth: HealthListener) {
    this.#settings = settings;
    this.#onHealth = onHealth;
    this.#line = new WaitingLine(settings.maxWaiting);
    this.#patience = new Patience(settings.patienceMs, (model) => this.#giveUp(model));
  }

  get replicas(): readonly ReplicaState[] {
    return this.#replicas;
  }

  get waiting(): number {
    return this.#line.size;
  }

  add(address: ReplicaAddress): void {
    this.remove(address.name);
    const replica = new Replica(address, this.#settings, this.#onFree);
    this.#replicas = [...this.#replicas, replica];
    // Only to choose better: a server that does not tell is asked all the same.
    void replica.learnModels(this.#closed.signal).then(() => this.#servedAnew());
    this.#servedAnew();
  }

  /** Lets the calls of a server end, then closes its connections; it gets no new ones. */
  remove(name: string): void {
    const replica = this.#replicas.find((one) => one.name === name);
    if (replica === undefined) return;
    this.#replicas = this.#replicas.filter((one) => one !== replica);
    replica.status = "removed";
    this.#index.forget(replica.name);
    this.#leaving.add(replica);
    const left = (): boolean => this.#leaving.delete(replica);
    // Fails when it is closed already.
    void replica.connection.drain().then(left, left);
    this.#watchPatience();
  }

  async send(call: Call, control: CallControl = {}): Promise<Reply> {
    // One server has all that is cached.
    const beginnings = this.#replicas.length > 1 ? beginningsOf(call.prefix) : [];
    const tries = new Tries(call, this.#settings);
    let failed = NONE;
    for (;;) {
      this.#refuseIfClosed(control.signal);
      const placement: Placement = { call, beginnings, failed };
      const replica = this.#reserve(placement) ?? (await this.#wait(placement, control.signal));
      const attempt = await this.#askHedged(replica, placement, control);
      this.#closed.signal.throwIfAborted();
      if ("reply" in attempt) return { ...attempt.reply, tries: tries.count };
      const { refusal, delivered } = attempt;
      if (delivered || !tries.allow(refusal)) throw refusal.error;
      if (refusal.again !== "here")
        failed = await this.#beforeAnother(refusal, {
          ...placement,
          replica,
          pauseMs: tries.pauseMs,
          signal: control.signal,
        });
    }
  }

  async check(signal: AbortSignal): Promise<void> {
    const both = AbortSignal.any([signal, this.#closed.signal]);
    const isIdle = ({ status, inFlight }: Replica): boolean => status === "healthy" && inFlight === 0;
    const look = async (replica: Replica): Promise<void> => {
      // It may have got a call meanwhile, or be gone.
      if ((await replica.probe(both)) || !isIdle(replica) || this.#closed.signal.aborted) return;
      replica.eject("it is not well, or does not answer when asked");
      this.#lose(replica);
    };
    await Promise.all(this.#replicas.filter(isIdle).map(look));
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    const error = new InferenceError("INFERENCE_CLOSED", "the servers' connections were closed");
    this.#closed.abort(error);
    this.#recovery.close();
    for (const waiting of this.#line.drain()) waiting.fail(error);
    this.#watchPatience();
    await Promise.all([...this.#replicas, ...this.#leaving].map(({ connection }) => connection.close()));
  }

  /** Room for the call now, on another server than `but`; taken. */
  #reserve(placement: Placement, but?: Replica): Replica | undefined {
    const replica = chooseReplica(this.#replicas, placement, this.#index);
    if (replica === undefined || replica === but) return undefined;
    replica.reserve(placement.call);
    if (placement.beginnings.length > 0) this.#index.sent(placement.beginnings, replica.name);
    return replica;
  }

  /** Waits in line for room. */
  #wait(placement: Placement, signal: AbortSignal | undefined): Promise<Replica> {
    const { call } = placement;
    this.#refuseUnknownModel(call);
    return new Promise((go, fail) => {
      const waiting = new WaitingCall(placement, { go, fail, signal, onLeave: this.#onLeave });
      if (!this.#line.push(waiting)) {
        const message = `${this.#line.size} calls wait already; submit fewer at a time, or raise maxWaiting`;
        return waiting.fail(new InferenceError("INFERENCE_QUEUE_FULL", message));
      }
      if (!this.#isServed(call)) this.#watchPatience();
    });
  }

  /** Asks a second server as well when the first takes long. A stream is asked for once: its pieces are given out as they come. */
  #askHedged(replica: Replica, placement: Placement, control: CallControl): Promise<Attempt> {
    const { hedgeAfterMs: afterMs } = this.#settings;
    const { call } = placement;
    if (afterMs === undefined || control.onEvent !== undefined) return replica.ask(call, control);
    return hedge({
      first: (signal) => replica.ask(call, { ...control, signal }),
      second: (signal) => {
        const other = this.#reserve({ ...placement, failed: new Set([...placement.failed, replica.name]) }, replica);
        return other?.ask(call, { ...control, signal });
      },
      afterMs,
      signal: control.signal,
    });
  }

  /** A call of a server is over. */
  readonly #onFree = (replica: Replica): void => {
    if (this.#closed.signal.aborted) return;
    if (replica.status === "ejected") this.#lose(replica);
    else this.#admit();
  };

  /** A call that waited went out, or was given up. */
  readonly #onLeave = (waiting: WaitingCall): void => {
    this.#line.delete(waiting);
    if (this.#patience.isWaiting) this.#watchPatience();
  };

  /** There is a server more, or one has told what models it has. */
  #servedAnew(): void {
    this.#admit();
    this.#watchPatience();
  }

  /** Fills free room with calls that wait. */
  #admit(): void {
    // Where nobody has room there may be many to ask in vain.
    while (this.#line.size > 0 && this.#replicas.some(({ hasRoom }) => hasRoom)) {
      let room: Replica | undefined;
      const next = this.#line.take((waiting) => (room = this.#reserve(waiting)) !== undefined);
      if (next === undefined || room === undefined) return;
      next.go(room);
    }
  }

  #lose(replica: Replica): void {
    this.#index.forget(replica.name);
    if (this.#recovery.watch(replica)) this.#onHealth(replica.name, replica.trouble);
    this.#watchPatience();
  }

  /** Patience runs while calls wait for a model that no server in use has. */
  #watchPatience(): void {
    const heads = [...this.#line.heads()].filter(({ call }) => !this.#isServed(call));
    this.#patience.watch(new Set(heads.map(({ call }) => call.body["model"])));
  }

  #isServed({ body }: Call): boolean {
    return this.#replicas.some((replica) => replica.status === "healthy" && replica.has(body["model"]));
  }

  #giveUp(model: unknown): void {
    const servers = this.#replicas.map(({ name, url }) => `${name} (${url})`).join(", ") || "there is none";
    const which = typeof model === "string" ? `server with the model ${JSON.stringify(model)}` : "server";
    const message = `no ${which} has answered for ${this.#settings.patienceMs} ms: ${servers}; is it running, and is the address right?`;
    const given = this.#line.drain(({ call }) => call.body["model"] === model);
    for (const waiting of given) waiting.fail(new InferenceError("INFERENCE_UNREACHABLE", message));
  }

  /** Waits, when no server is left that did not fail the call, for as long as the server asked, then forgets the failures. */
  async #beforeAnother(
    { error, again, retryAfterMs }: Refusal,
    { call, failed: before, replica, pauseMs, signal }: Repeat,
  ): Promise<ReadonlySet<string>> {
    const failed = new Set(before).add(replica.name);
    const { model } = call.body;
    const mayDo = (other: Replica): boolean =>
      other.status === "healthy" && other.has(model) && !failed.has(other.name);
    if (this.#replicas.some(mayDo)) return failed;
    if (again === "others") throw error;
    const stop = signal === undefined ? this.#closed.signal : AbortSignal.any([signal, this.#closed.signal]);
    try {
      await pause(retryAfterMs ?? pauseMs, undefined, { signal: stop });
    } catch {
      this.#refuseIfClosed(signal);
    }
    return NONE;
  }

  #refuseIfClosed(signal: AbortSignal | undefined): void {
    this.#closed.signal.throwIfAborted();
    signal?.throwIfAborted();
  }

  #refuseUnknownModel({ body }: Call): void {
    if (this.#replicas.length === 0 || this.#replicas.some((replica) => replica.has(body["model"]))) return;
    const known = [...new Set(this.#replicas.flatMap(({ models }) => models))].join(", ");
    throw new InferenceError(
      "INFERENCE_MODEL_NOT_FOUND",
      `no server has the model ${JSON.stringify(body["model"])}; there is ${known}`,
    );
  }
}

/** What is known when a call is to go out again. */
interface Repeat extends Placement {
  readonly replica: Replica;
  /** How long to wait unless the server said. */
  readonly pauseMs: number;
  readonly signal: AbortSignal | undefined;
}
