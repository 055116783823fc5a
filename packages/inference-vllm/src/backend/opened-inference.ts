import {
  BackendError,
  type BackendContext,
  type BackendHandle,
  type CancelOutcome,
  type TaskAttempt,
  type TaskOutcome,
  type TaskSpec,
} from "@rhapsody/core";
import { look } from "../connect/look.ts";
import { reachServers } from "../connect/reach-servers.ts";
import type { Fleet } from "../fleet/call.ts";
import { InferenceError } from "../fleet/inference-error.ts";
import { openFleet } from "../fleet/open-fleet.ts";
import type { Settings } from "../options/settings.ts";
import { parseTaskOptions } from "../options/task-options.ts";
import { Asker, type AskControl } from "../task/asker.ts";
import type { Manner } from "../task/manner.ts";
import { ParameterCheck } from "../task/parameter-check.ts";
import { Attempts, type ModelWork } from "./attempts.ts";
import type { AskOptions } from "./engine-options.ts";
import { Reporter } from "./reporter.ts";

/** One opening of the backend: its servers, and the attempts that ask them. */
export class OpenedInference implements BackendHandle {
  readonly #settings: Settings;
  readonly #fleet: Fleet;
  readonly #asker: Asker;
  readonly #attempts: Attempts;
  readonly #reporter: Reporter;
  readonly #manner: Manner;
  readonly #closed = new AbortController();
  #closing: Promise<void> | undefined;

  /** Reaches the servers. When that fails nothing is left. */
  static async open(settings: Settings, context: BackendContext): Promise<OpenedInference> {
    await reachServers({ ...settings, backend: settings.name }, context.signal);
    return new OpenedInference(settings, context);
  }

  private constructor(settings: Settings, context: BackendContext) {
    this.#settings = settings;
    this.#fleet = openFleet(settings.servers, settings.fleet);
    this.#manner = {
      form: settings.prompts,
      model: settings.model,
      defaults: settings.defaults,
      owner: context.sessionUid,
    };
    const parameters = new ParameterCheck(() => this.#lookUpInterface());
    this.#asker = new Asker({
      send: (call, control) => this.#fleet.send(call, control),
      parameters,
      timeoutMs: settings.timeoutMs,
    });
    this.#reporter = new Reporter(context.report);
    this.#attempts = new Attempts((spec, control) => this.#work(spec, control), this.#reporter);
  }

  /** Resolves once the backend is closed; absent while nobody asked for that. */
  get closing(): Promise<void> | undefined {
    return this.#closing;
  }

  async submit(tasks: readonly TaskSpec[]): Promise<void> {
    this.#mustBeOpen();
    const { name, taskKinds } = this.#settings;
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

  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  /** Does work that is no task. @throws as the {@link Asker} does. */
  async ask(work: ModelWork, { timeoutMs, signal }: AskOptions): Promise<TaskOutcome> {
    this.#mustBeOpen();
    const expired = new AbortController();
    const expire = (): void =>
      expired.abort(
        new InferenceError(
          "INFERENCE_TIMEOUT",
          `no answer to everything in ${timeoutMs} ms: raise timeoutMs, or ask for less`,
        ),
      );
    const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs);
    const signals = [this.#closed.signal, expired.signal, ...(signal === undefined ? [] : [signal])];
    try {
      return await this.#do(work, this.#manner, { signal: AbortSignal.any(signals) });
    } finally {
      clearTimeout(timer);
    }
  }

  async #work({ work, backendOptions }: TaskSpec, control: AskControl): Promise<TaskOutcome> {
    const { prompts: form = this.#manner.form } = parseTaskOptions({ backendOptions });
    // `submit` took no other.
    return this.#do(work as ModelWork, { ...this.#manner, form }, control);
  }

  async #do(work: ModelWork, manner: Manner, control: AskControl): Promise<TaskOutcome> {
    return work.kind === "prompt"
      ? this.#asker.prompt(work, manner, control)
      : this.#asker.embed(work, manner, control);
  }

  async #lookUpInterface(): Promise<string | undefined> {
    const healthy = this.#fleet.replicas.filter(({ status }) => status === "healthy").map(({ name }) => name);
    const server = this.#settings.servers.find(({ name }) => healthy.includes(name));
    if (server === undefined) throw new Error("no server is there");
    const { status, text } = await look(server, "/openapi.json", this.#closed.signal);
    return status < 400 ? text : undefined;
  }

  async #close(): Promise<void> {
    this.#closed.abort(this.#closedError());
    await this.#attempts.close();
    this.#reporter.flush();
    await this.#fleet.close();
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw this.#closedError();
  }

  #closedError(): BackendError {
    return new BackendError("BACKEND_CLOSED", { backend: this.#settings.name, message: "was closed" });
  }
}
