import type { SamplingOptions } from "@rhapsody/core";
import type { DragonOptions } from "../dragon/dragon-options.ts";
import type { FleetOptions } from "../fleet/fleet-options.ts";
import type { FrontOptions } from "../front/front-options.ts";
import type { LaunchOptions } from "../launch/launch-options.ts";

/**
 * Options of `VllmInferenceBackend`: with `servers` it asks those, which run already; with `dragon` it starts Dragon's inference service; else it starts servers of
 * its own. What it started it ends when it closes.
 */
export type VllmBackendOptions = AttachOptions | LaunchedOptions | DragonBackendOptions;

/** Options of a backend that asks servers which run already. */
export interface AttachOptions extends InferenceOptions {
  /** The servers, of vLLM or any other software that speaks the protocol of OpenAI: their base addresses, or where more is to be said, descriptions. */
  readonly servers: string | readonly (string | ServerAddress)[];
  /** Bearer token for the servers that have none of their own. @defaultValue none */
  readonly apiKey?: string | undefined;
  /** How long opening waits for the first server to answer, asking again and again, in milliseconds; `0` asks once. @defaultValue `0` */
  readonly connectTimeoutMs?: number | undefined;
  /** Model that tasks ask which do not name one. @defaultValue the first that the chosen server lists */
  readonly model?: string | undefined;
  /** Port of the service, with `useService: true`. @defaultValue `8000` */
  readonly port?: number | undefined;
  readonly dragon?: undefined;
}

/** Options of a backend that starts `vllm serve` itself. With `useService: true` the port is the service's, and the servers listen on free ones. */
export interface LaunchedOptions extends InferenceOptions, LaunchOptions {
  readonly servers?: undefined;
  readonly dragon?: undefined;
}

/**
 * Options of a backend that starts Dragon's own inference service (`dragon.ai.inference`) on the GPUs of its allocation; `configFile` is then in Dragon's form, see
 * `DragonConfiguration`. Prompts are sampled as the service's configuration and `defaults` say: a task that wants something else fails. Embeddings are not made, and a
 * cancelled prompt that the service has is answered to its end, unobserved.
 *
 * @experimental What comes after the service's start has not been run on GPUs.
 */
export interface DragonBackendOptions extends InferenceOptions, DragonLaunchOptions {
  readonly servers?: undefined;
  /** `true` for the one node of this machine. */
  readonly dragon: true | DragonOptions;
}

/** Those of the {@link LaunchOptions} that Dragon's service has too. */
export type DragonLaunchOptions = Pick<
  LaunchOptions,
  | "model"
  | "modelName"
  | "configFile"
  | "numNodes"
  | "numGpus"
  | "tpSize"
  | "offset"
  | "port"
  | "python"
  | "environment"
  | "startTimeoutMs"
>;

/** What both kinds of backend have. */
export interface InferenceOptions extends FleetOptions {
  /** Routing key, unique in a session. @defaultValue `"vllm"` */
  readonly name?: string | undefined;
  /** Work to take; a server mostly has a model for one of them. @defaultValue both */
  readonly taskKinds?: readonly ("prompt" | "embedding")[] | undefined;
  /** How a prompt that is a text reaches the model; tasks may say otherwise in `backendOptions.vllm`. @defaultValue `"chat"` */
  readonly prompts?: PromptForm | undefined;
  /** Sampling for prompts that do not say. @defaultValue the server's */
  readonly defaults?: SamplingOptions | undefined;
  /** Longest time for the answer to one prompt, from its request on, in milliseconds; then it fails with `INFERENCE_TIMEOUT`. @defaultValue unlimited */
  readonly timeoutMs?: number | undefined;
  /**
   * Most prompts in one request: those of the form `"text"` with the same sampling that are not streamed are sent together. It saves the server about a
   * millisecond for each, worthwhile for answers of a few tokens; answers of one request come when the last of them is there, and their tasks have no `usage`.
   * @defaultValue 16 with `maxBatchWaitMs`, else each prompt is a request
   */
  readonly maxBatchSize?: number | undefined;
  /** How long a prompt waits for others to go with, in milliseconds. @defaultValue `0` with `maxBatchSize`: those of one turn of the event loop go together */
  readonly maxBatchWaitMs?: number | undefined;
  /**
   * Lets other programs ask the servers too: by a listener that speaks the protocol of OpenAI, on `port`, or as the {@link ServiceOptions} say. Its address and token
   * are in `backend.service`. @defaultValue `false`
   */
  readonly useService?: boolean | ServiceOptions | undefined;
}

/** How the backend's own listener listens, and what it takes. */
export type ServiceOptions = Omit<FrontOptions, "backend" | "fleet" | "logger" | "prompts">;

/**
 * How a prompt that is a text reaches the model: `chat` as the message of a user, through the model's chat template, as models that follow instructions
 * want it; `text` as it is, to be continued, as base models want it.
 */
export type PromptForm = "chat" | "text";

/** A server that runs already. */
export interface ServerAddress {
  /** Base address, e.g. `http://10.0.0.7:8000/v1`; `/v1` is added to one without a path. */
  readonly url: string;
  /** What it is called in results, events and errors. @defaultValue host and port */
  readonly name?: string | undefined;
  /** Bearer token. @defaultValue the backend's `apiKey` */
  readonly apiKey?: string | undefined;
  /** Further headers of each request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}
