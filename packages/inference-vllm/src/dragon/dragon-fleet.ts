import type { TaskAttempt, TaskSpec, TaskUpdate } from "@rhapsody/core";
import type { EngineHandle, EngineTask } from "@rhapsody/python-bridge";
import type { Call, CallControl, Fleet, ReplicaState, Reply } from "../fleet/call.ts";
import { InferenceError } from "../fleet/inference-error.ts";
import { WaitingLine } from "../fleet/waiting-line.ts";
import { PromptUnderWay, SERVICE } from "./prompts-under-way.ts";
import type { ServiceConfiguration } from "./read-dragon-configuration.ts";
import { toPrompt } from "./to-prompt.ts";

/** What a {@link DragonFleet} is made of. */
export interface DragonFleetParts {
  readonly configuration: ServiceConfiguration;
  readonly epoch: number;
  /** Most calls that wait for room. */
  readonly maxWaiting: number;
}

interface Waiting {
  readonly owner: string;
  readonly prompt: PromptUnderWay;
}

/** Dragon's inference service in the place of servers. */
export class DragonFleet implements Fleet {
  readonly #parts: DragonFleetParts;
  readonly #line: WaitingLine<Waiting>;
  readonly #underWay = new Map<string, PromptUnderWay>();
  #engine: EngineHandle | undefined;
  #room = 0;
  #count = 0;
  #ended: InferenceError | undefined;

  constructor(parts: DragonFleetParts) {
    this.#parts = parts;
    this.#line = new WaitingLine(parts.maxWaiting);
  }

  get replicas(): readonly ReplicaState[] {
    const prompts = [...this.#underWay.values()];
    return [
      {
        name: SERVICE,
        url: "dragon:",
        status: this.#ended === undefined ? "healthy" : "removed",
        inFlight: prompts.length,
        window: this.#room,
        outstanding: prompts.reduce((sum, { call }) => sum + call.cost, 0),
        models: [this.#parts.configuration.model],
      },
    ];
  }

  get waiting(): number {
    return this.#line.size;
  }

  /** Begins to ask the engine, so many prompts at a time. */
  start(engine: EngineHandle, room: number): void {
    this.#engine = engine;
    this.#room = room;
  }

  async send(call: Call, control: CallControl = {}): Promise<Reply> {
    control.signal?.throwIfAborted();
    if (this.#ended !== undefined) throw this.#ended;
    const prompt = new PromptUnderWay(`prompt-${++this.#count}`, {
      call,
      prompt: toPrompt(call, this.#parts.configuration),
      control,
    });
    const waiting: Waiting = { owner: call.owner, prompt };
    if (!this.#line.push(waiting)) {
      const message = `${this.#line.size} calls wait already; submit fewer at a time, or raise maxWaiting`;
      throw new InferenceError("INFERENCE_QUEUE_FULL", message);
    }
    const abort = (): void => this.#abort(waiting, control.signal?.reason);
    control.signal?.addEventListener("abort", abort, { once: true });
    this.#admit();
    try {
      return await prompt.answered;
    } finally {
      control.signal?.removeEventListener("abort", abort);
      this.#underWay.delete(prompt.uid);
      this.#admit();
    }
  }

  /** The work of a prompt, for the engine. */
  workOf({ uid }: TaskSpec): EngineTask {
    return { kind: "prompt", group: "prompt", work: this.#underWay.get(uid)?.prompt, options: {} };
  }

  /** Takes news of the engine, to whom they belong. */
  update(updates: readonly TaskUpdate[]): void {
    for (const update of updates) this.#underWay.get(update.uid)?.update(update);
  }

  /** The service is no more. */
  lose(why: string): void {
    this.#end(
      new InferenceError("INFERENCE_INTERRUPTED", `Dragon's inference service ended: ${why}`, { replica: SERVICE }),
    );
  }

  /** The engine watches the service by itself. */
  check(): Promise<void> {
    return Promise.resolve();
  }

  /** Its one replica is not a server of the protocol; there are no others. */
  add(): void {
    throw new TypeError("Dragon's inference service has no servers to add to");
  }

  /** As {@link DragonFleet.add}. */
  remove(): void {
    throw new TypeError("Dragon's inference service has no servers to remove");
  }

  async close(): Promise<void> {
    this.#end(new InferenceError("INFERENCE_CLOSED", "Dragon's inference service was closed"));
  }

  #admit(): void {
    while (this.#engine !== undefined && this.#ended === undefined && this.#underWay.size < this.#room) {
      const waiting = this.#line.take(() => true);
      if (waiting === undefined) return;
      this.#ask(this.#engine, waiting.prompt);
    }
  }

  #ask(engine: EngineHandle, prompt: PromptUnderWay): void {
    this.#underWay.set(prompt.uid, prompt);
    prompt.send();
    engine.submit([toSpec(prompt.uid, this.#parts.epoch)]).catch((error: unknown) => prompt.fail(error));
  }

  #abort(waiting: Waiting, reason: unknown): void {
    const { prompt } = waiting;
    this.#line.delete(waiting);
    prompt.fail(reason);
    // The service itself goes on with it; its answer is dropped where it comes.
    if (this.#underWay.has(prompt.uid))
      void this.#engine?.cancel([named(prompt.uid, this.#parts.epoch)], "the call was aborted");
  }

  #end(error: InferenceError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    for (const { prompt } of this.#line.drain()) prompt.fail(error);
    for (const prompt of this.#underWay.values()) prompt.fail(error);
  }
}

function named(uid: string, epoch: number): TaskAttempt {
  return { uid, attempt: 1, epoch };
}

/** The bridge carries attempts of tasks; of these only the names matter. */
function toSpec(uid: string, epoch: number): TaskSpec {
  const work = { kind: "prompt", prompt: "", sampling: {}, stream: false } as const;
  return { ...named(uid, epoch), name: uid, work, environment: {}, resources: {}, priority: 0, backendOptions: {} };
}
