import {
  BackendError,
  type BackendContext,
  type BackendHandle,
  type CancelOutcome,
  type TaskAttempt,
  type TaskOutcome,
  type TaskSpec,
} from "@rhapsody/core";
import { batching } from "../batch/batching.ts";
import { openServers, type Servers } from "../connect/servers.ts";
import type { Fleet } from "../fleet/call.ts";
import { InferenceError } from "../fleet/inference-error.ts";
import type { Front } from "../front/front-options.ts";
import { checkPlace, startFront } from "../front/start-front.ts";
import type { Settings } from "../options/settings.ts";
import { parseTaskOptions } from "../options/task-options.ts";
import { Asker, type AskControl } from "../task/asker.ts";
import { inTime } from "../task/in-time.ts";
import type { Manner } from "../task/manner.ts";
import { ParameterCheck } from "../task/parameter-check.ts";
import { Attempts, type ModelWork } from "./attempts.ts";
import type { AskOptions } from "./engine-options.ts";
import { Meter } from "./meter.ts";
import { Reporter } from "./reporter.ts";

/** What an opening is made of. */
interface Parts {
  readonly settings: Settings;
  readonly context: BackendContext;
  readonly servers: Servers;
  readonly meter: Meter;
  readonly service: Front | undefined;
}

/** One opening of the backend: its servers, and the attempts that ask them. */
export class OpenedInference implements BackendHandle {
  readonly #parts: Parts;
  readonly #asker: Asker;
  readonly #attempts: Attempts;
  readonly #reporter: Reporter;
  readonly #manner: Manner;
  readonly #closed = new AbortController();

  /** Reaches or starts the servers, and the service before them. When that fails nothing is left. */
  static async open(settings: Settings, context: BackendContext): Promise<OpenedInference> {
    let opened: OpenedInference | undefined;
    const onChange = (): void => {
      if (opened !== undefined) opened.#serversChanged();
    };
    const { name: backend, service: asked, prompts } = settings;
    if (asked !== undefined) await checkPlace({ ...asked, backend });
    const servers = await openServers(settings, { context, onChange });
    try {
      const { fleet } = servers;
      const service = asked && (await startFront({ ...asked, backend, fleet, logger: context.logger, prompts }));
      const meter = new Meter({ fleet, observe: (facts) => context.observe(facts) });
      opened = new OpenedInference({ settings, context, servers, meter, service });
      return opened;
    } catch (error) {
      await servers.close(0);
      throw error;
    }
  }

  private constructor(parts: Parts) {
    const { settings, context, servers, meter } = parts;
    this.#parts = parts;
    const { prompts: form, model, defaults, timeoutMs, batch } = settings;
    this.#manner = { form, model, defaults, owner: context.sessionUid };
    const bare: Fleet["send"] = (call, control) => servers.fleet.send(call, control);
    const send = batch === undefined ? bare : batching(bare, batch);
    this.#asker = new Asker({
      send: timeoutMs === undefined ? send : inTime(send, timeoutMs),
      parameters: new ParameterCheck(() => servers.describeInterface()),
      atATime: () => this.#atATime,
    });
    this.#reporter = new Reporter((updates) => {
      meter.see(updates);
      context.report(updates);
    });
    this.#attempts = new Attempts(
      (spec, control) => this.#work(spec, control),
      this.#reporter,
      servers.finishesWhatItHas === true ? "detached" : "cancelled",
    );
    meter.tell();
    this.#serversChanged();
    if (batch !== undefined && form === "chat")
      context.logger.warn(
        { backend: settings.name },
        'chats are not sent together: maxBatchSize is for prompts: "text"',
      );
  }

  /** Where other programs can ask; absent without `useService`. */
  get service(): Pick<Front, "address" | "token"> | undefined {
    return this.#parts.service;
  }

  async submit(tasks: readonly TaskSpec[]): Promise<void> {
    const { name, taskKinds } = this.#parts.settings;
    const kinds: readonly string[] = taskKinds;
    const other = tasks.find(({ work }) => !kinds.includes(work.kind));
    if (other !== undefined) {
      const message = `does no work of kind ${other.work.kind}, which ${other.uid} is: it takes ${kinds.join(" and ")} tasks`;
      throw new BackendError("BACKEND_REJECTED_TASKS", { backend: name, message });
    }
    for (const spec of tasks) this.#attempts.begin(spec);
  }

  async cancel(tasks: readonly TaskAttempt[], reason: string): Promise<readonly CancelOutcome[]> {
    return this.#attempts.cancel(tasks, reason);
  }

  async close(graceMs: number): Promise<void> {
    const { meter, servers, service, settings } = this.#parts;
    this.#closed.abort(new BackendError("BACKEND_CLOSED", { backend: settings.name, message: "was closed" }));
    await Promise.all([this.#attempts.close(), service?.close(graceMs)]);
    this.#reporter.flush();
    meter.close();
    await servers.close(graceMs);
  }

  /** Does work that is no task. @throws as the {@link Asker} does. */
  async ask(work: ModelWork, { timeoutMs, signal }: AskOptions): Promise<TaskOutcome> {
    this.#closed.signal.throwIfAborted();
    const expired = new AbortController();
    const expire = (): void => {
      const message = `not everything was answered in ${timeoutMs} ms: raise timeoutMs, or ask for less`;
      expired.abort(new InferenceError("INFERENCE_TIMEOUT", message));
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
    const signals = [this.#closed.signal, expired.signal, ...(signal === undefined ? [] : [signal])];
    const { meter } = this.#parts;
    try {
      const onStart = (): void => meter.changed();
      const outcome = await this.#do(work, this.#manner, { signal: AbortSignal.any(signals), onStart });
      meter.count(outcome);
      return outcome;
    } catch (error) {
      // The servers' end may be noticed first.
      this.#closed.signal.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #work({ work, backendOptions }: TaskSpec, control: AskControl): Promise<TaskOutcome> {
    const { prompts: form = this.#manner.form } = parseTaskOptions({ backendOptions });
    // `submit` took no other.
    return this.#do(work as ModelWork, { ...this.#manner, form }, control);
  }

  #do(work: ModelWork, manner: Manner, control: AskControl): Promise<TaskOutcome> {
    return work.kind === "prompt"
      ? this.#asker.prompt(work, manner, control)
      : this.#asker.embed(work, manner, control);
  }

  /** How many prompts the servers take at a time, at least one. */
  get #atATime(): number {
    const { settings, servers } = this.#parts;
    return Math.max(1, servers.fleet.replicas.length * settings.fleet.maxInFlight * (settings.batch?.maxSize ?? 1));
  }

  /** The session keeps what the servers have no room for, as it knows what goes first. */
  #serversChanged(): void {
    const { context, meter } = this.#parts;
    context.capacity({ maxInFlight: this.#atATime });
    meter.changed();
  }
}
