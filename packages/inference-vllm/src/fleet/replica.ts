import type { Attempt } from "./answer.ts";
import type { Call, CallControl, ReplicaAddress, ReplicaState } from "./call.ts";
import type { Refusal } from "./classify.ts";
import { Connection } from "./connection.ts";
import type { FleetSettings } from "./fleet-options.ts";
import { isObject, objectsIn, readObject } from "./read-json.ts";
import { Window } from "./window.ts";
import { withModel } from "./with-model.ts";

/** Failures in a row after which a server takes no more calls until it answers a probe. */
const FAILURES_TO_EJECT = 3;

/** A server of the fleet, and what is under way there. */
export class Replica implements ReplicaState {
  readonly name: string;
  readonly url: string;
  readonly connection: Connection;
  status: ReplicaState["status"] = "healthy";
  inFlight = 0;
  outstanding = 0;
  /** Why it was ejected last. */
  trouble = "";
  models: readonly string[] = [];
  maxModelLength?: number;
  readonly #window: Window;
  readonly #onFree: (replica: Replica) => void;
  #failures = 0;

  /** @param onFree - Called whenever a call is over. */
  constructor(address: ReplicaAddress, { maxInFlight, stallMs }: FleetSettings, onFree: (replica: Replica) => void) {
    this.#onFree = onFree;
    this.name = address.name;
    this.url = address.url;
    this.models = address.models ?? [];
    this.connection = new Connection(address, stallMs);
    this.#window = new Window(maxInFlight);
  }

  get window(): number {
    return this.#window.size;
  }

  /** True when it takes another call now. */
  get hasRoom(): boolean {
    return this.status === "healthy" && this.inFlight < this.#window.size;
  }

  /** True when it has the model, or never said what it has. */
  has(model: unknown): boolean {
    return typeof model !== "string" || this.models.length === 0 || this.models.includes(model);
  }

  /** Sends a call; its place must have been taken by {@link reserve}, and is given back when it is over. */
  async ask(call: Call, control: CallControl): Promise<Attempt> {
    control.onStart?.(this.name);
    try {
      const attempt = await this.connection.ask(this.#withModel(call), control);
      this.#judge("refusal" in attempt ? attempt.refusal : undefined);
      return attempt;
    } finally {
      this.inFlight -= 1;
      this.outstanding -= call.cost;
      this.#onFree(this);
    }
  }

  reserve({ cost }: Call): void {
    this.inFlight += 1;
    this.outstanding += cost;
  }

  /** It gets no more calls until it answers a probe. */
  eject(trouble: string): void {
    this.status = "ejected";
    this.trouble = trouble;
  }

  /** Asks the server whether it is well. One that tells nothing at `/health` is asked for its models, and is well when it answers at all. */
  async probe(signal: AbortSignal): Promise<boolean> {
    const health = await this.connection.look("/health", signal);
    const well =
      health !== undefined && (health.status < 400 || (health.status < 500 && (await this.learnModels(signal))));
    if (well) this.#failures = 0;
    return well;
  }

  /** Asks the server what models it has. False when it does not answer, or fails. */
  async learnModels(signal: AbortSignal): Promise<boolean> {
    const answer = await this.connection.look("models", signal);
    if (answer === undefined || answer.status >= 500) return false;
    if (answer.status >= 400) return true;
    const models = objectsIn(readObject(answer.text)?.["data"]).filter(isObject);
    this.models = models.map(({ id }) => id).filter((id) => typeof id === "string");
    const length = models[0]?.["max_model_len"];
    if (typeof length === "number") this.maxModelLength = length;
    return true;
  }

  /** A call that names no model is for the only one that there is. */
  #withModel(call: Call): Call {
    const [model] = this.models;
    if (call.body["model"] !== undefined || model === undefined) return call;
    return withModel(call, model);
  }

  #judge(refusal: Refusal | undefined): void {
    if (refusal?.replica === "full") return this.#window.refused(this.inFlight);
    if (refusal?.replica !== "broken") {
      this.#failures = 0;
      if (refusal === undefined) this.#window.answered();
      return;
    }
    this.#failures += 1;
    const gone = refusal.error.code === "INFERENCE_UNREACHABLE";
    if ((gone || this.#failures >= FAILURES_TO_EJECT) && this.status === "healthy") this.eject(refusal.error.message);
  }
}
