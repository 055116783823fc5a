import {
  abortable,
  BackendError,
  BaseExecutionBackend,
  RhapsodyError,
  SingleOpening,
  type Answer,
  type BackendCapabilities,
  type BackendContext,
  type BackendHandle,
  type Embedding,
  type Prompt,
  type Texts,
} from "@rhapsody/core";
import type { VllmBackendOptions } from "../options/backend-options.ts";
import { parseBackendOptions, type Settings } from "../options/settings.ts";
import type { ModelWork } from "./attempts.ts";
import {
  parseEmbed,
  parseGenerate,
  type AskOptions,
  type EmbedOptions,
  type GenerateOptions,
} from "./engine-options.ts";
import { OpenedInference } from "./opened-inference.ts";

/**
 * Asks models: on servers that run already, of vLLM and of any other software that speaks the protocol of OpenAI, or on servers of vLLM that it starts itself.
 *
 * Building one looks at nothing and starts nothing.
 */
export class VllmInferenceBackend extends BaseExecutionBackend {
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  readonly #settings: Settings;
  readonly #opening = new SingleOpening<OpenedInference>(this);

  /** @throws `OptionsError` that lists every problem. */
  constructor(options: VllmBackendOptions = {}) {
    super();
    this.#settings = parseBackendOptions(options);
    this.name = this.#settings.name;
    this.capabilities = {
      taskKinds: this.#settings.taskKinds,
      functionKinds: [],
      resources: [],
      // Dragon's service finishes what it has.
      cancellation: this.#settings.source.kind === "dragon" ? "queued" : "running",
    };
  }

  /**
   * Opens the backend; one that is being closed is opened once it is closed.
   *
   * @throws `BackendError` with code `BACKEND_IN_USE` when it is open; `BACKEND_UNAVAILABLE` when no server can be asked, with what each of them said, or none of
   * its own becomes ready, with the end of its log.
   */
  async open(context: BackendContext): Promise<BackendHandle> {
    return await this.#opening.open(() => OpenedInference.open(this.#settings, context));
  }

  /** Where other programs can ask, and with which bearer token; absent while the backend is not open, and without `useService`. */
  get service(): { readonly address: string; readonly token: string } | undefined {
    return this.#opening.current?.service;
  }

  /**
   * Asks the model without a task in sight: one prompt, several, or a chat. Resolves with the answer, of several prompts with a list in their order. Opens the
   * backend when it is not open.
   *
   * @throws `OptionsError` for options that do not hold; `BackendError` when the backend cannot be opened or was shut down; `InferenceError` when there is no answer,
   * with code `INFERENCE_TIMEOUT` after `timeoutMs`; the signal's reason when it was aborted. What was asked is aborted on the server in either case.
   */
  async generate<const P extends Prompt>(prompts: P, options: GenerateOptions = {}): Promise<Answer<P>> {
    // One answer for each prompt, in the form of the prompt.
    return (await this.#ask(parseGenerate(prompts, options), options)) as Answer<P>;
  }

  /** Makes vectors of texts: one, or a list in their order. Opens the backend when it is not open. @throws as `generate` does. */
  async embed<const E extends Texts>(texts: E, options: EmbedOptions = {}): Promise<Embedding<E>> {
    return (await this.#ask(parseEmbed(texts, options), options)) as Embedding<E>;
  }

  async #ask(work: ModelWork, { timeoutMs, signal }: AskOptions): Promise<unknown> {
    const opening = this.#whenOpen();
    const opened = await (signal === undefined ? opening : abortable(opening, signal));
    const { response } = await opened.ask(work, { timeoutMs, signal });
    return response;
  }

  async #whenOpen(): Promise<OpenedInference> {
    const opened = this.#opening.current;
    if (opened !== undefined) return opened;
    try {
      await this.initialize();
    } catch (error) {
      if (!RhapsodyError.isInstance(error) || error.code !== "BACKEND_IN_USE") throw error;
      const message = "serves a session that has not opened it: call the session's start() first";
      throw new BackendError("BACKEND_IN_USE", { backend: this.name, message, cause: error });
    }
    const initialized = this.#opening.current;
    if (initialized !== undefined) return initialized;
    throw new BackendError("BACKEND_CLOSED", { backend: this.name, message: "was closed" });
  }
}
