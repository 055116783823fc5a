import { OptionsError, type SamplingOptions } from "@rhapsody/core";
import { z } from "zod";
import { dragonOptionsSchema, type DragonOptions } from "../dragon/dragon-options.ts";
import type { ReplicaAddress } from "../fleet/call.ts";
import { toFleetSettings, type FleetSettings } from "../fleet/fleet-options.ts";
import { launchFields, parseLaunchOptions, type LaunchOptions, type LaunchSettings } from "../launch/launch-options.ts";
import type { DragonLaunchOptions, PromptForm, ServiceOptions, VllmBackendOptions } from "./backend-options.ts";
import { duration, LONGEST_MS } from "./duration.ts";
import { samplingSchema } from "./sampling-schema.ts";
import { serversSchema, toReplicaAddress } from "./server-schema.ts";
import { visible } from "./visible.ts";

/** `VllmBackendOptions` after defaults. */
export interface Settings {
  readonly name: string;
  readonly source: ServerSource;
  /** Model for those who name none; `undefined` for the server's own. */
  readonly model: string | undefined;
  readonly taskKinds: readonly ("prompt" | "embedding")[];
  readonly prompts: PromptForm;
  readonly defaults: SamplingOptions;
  readonly timeoutMs: number | undefined;
  readonly batch: BatchSettings | undefined;
  readonly service: ServiceOptions | undefined;
  readonly fleet: FleetSettings;
}

/** Where servers come from. */
export type ServerSource = AttachSource | DragonSource | { readonly kind: "launch"; readonly launch: LaunchSettings };

/** Servers that run already. */
export interface AttachSource {
  readonly kind: "attach";
  readonly servers: readonly ReplicaAddress[];
  readonly connectTimeoutMs: number;
}

/** Dragon's inference service, to be started. */
export interface DragonSource extends Omit<DragonLaunchOptions, "port">, DragonOptions {
  readonly kind: "dragon";
  /** Most prompts with the service at a time; `undefined` for as many as keep it busy. */
  readonly maxInFlight: number | undefined;
}

/** Bounds of what goes together in one request. */
export interface BatchSettings {
  readonly maxSize: number;
  readonly maxWaitMs: number;
}

/** Measured on vLLM 0.32: lists of 16 are as fast as one list of all. */
const DEFAULT_BATCH_SIZE = 16;

/** As in the Python original. */
const DEFAULT_SERVICE_PORT = 8_000;

/** Servers of our own come again, or the launcher says that they do not: until then calls wait. */
const LAUNCHED_PATIENCE_MS = LONGEST_MS;

const port = z.int().min(0).max(65_535);

/** As browsers write them. */
const origin = z.string().regex(/^[^:/]+:\/\/[^/]+$/, "must be an origin such as https://lab.example, with no path");

const serviceSchema: z.ZodType<ServiceOptions> = z.strictObject({
  host: z.string().min(1).optional(),
  port: port.optional(),
  token: visible.optional(),
  maxBodyBytes: z.int().positive().optional(),
  maxConcurrent: z.int().positive().optional(),
  clientStallMs: duration.positive().optional(),
  corsOrigins: z.array(origin).optional(),
});

const common = {
  name: z.string().min(1).default("vllm"),
  taskKinds: z
    .array(z.enum(["prompt", "embedding"]))
    .nonempty()
    .default(["prompt", "embedding"]),
  prompts: z.enum(["chat", "text"]).default("chat"),
  defaults: samplingSchema.default({}),
  timeoutMs: duration.positive().optional(),
  maxBatchSize: z.int().positive().optional(),
  maxBatchWaitMs: duration.nonnegative().optional(),
  useService: z
    .union(
      [z.boolean(), serviceSchema],
      "must be true, false, or { host?, port?, token?, maxBodyBytes?, maxConcurrent?, clientStallMs?, corsOrigins? }",
    )
    .default(false),
  maxInFlight: z.int().positive().optional(),
  maxWaiting: z.int().nonnegative().optional(),
  maxTries: z.int().positive().optional(),
  patienceMs: duration.nonnegative().optional(),
  fullPatienceMs: duration.nonnegative().optional(),
  stallMs: duration.nonnegative().optional(),
  hedgeAfterMs: duration.positive().optional(),
};

const attachFields = {
  servers: serversSchema,
  apiKey: visible.optional(),
  connectTimeoutMs: z.number().nonnegative().default(0),
  model: z.string().min(1).optional(),
  port: port.optional(),
};

const onlyLaunched = Object.keys(launchFields).filter((name) => !(name in attachFields));
const misplaced = z.undefined("is for servers that the backend starts itself: leave it out, or `servers`").optional();

const elsewhere = z
  .undefined("say once where the model is: `servers` that run already, `dragon`, or neither")
  .optional();

const attachSchema = z.strictObject({
  ...common,
  dragon: elsewhere,
  ...attachFields,
  ...Object.fromEntries(onlyLaunched.map((name) => [name, misplaced])),
});
const launchSchema = z.strictObject({
  ...common,
  servers: elsewhere,
  dragon: elsewhere,
  ...launchFields,
  connectTimeoutMs: z
    .undefined("is for `servers` that run already; for those that the backend starts there is startTimeoutMs")
    .optional(),
});

const batches = z.undefined("Dragon's service batches by itself: set `input_batching` of its configuration").optional();
const { model, modelName, configFile, numNodes, numGpus, tpSize, offset, python, environment, startTimeoutMs } =
  launchFields;
const dragonSchema = z.strictObject({
  ...common,
  servers: elsewhere,
  model,
  modelName,
  configFile,
  numNodes,
  numGpus,
  tpSize,
  offset,
  python,
  environment,
  startTimeoutMs,
  port: port.optional(),
  dragon: z.union([z.literal(true).transform(() => ({})), dragonOptionsSchema]),
  taskKinds: z.array(z.literal("prompt", "Dragon's service makes no embeddings")).nonempty().default(["prompt"]),
  maxBatchSize: batches,
  maxBatchWaitMs: batches,
});

/** @throws `OptionsError` that lists every problem. */
export function parseBackendOptions(options: VllmBackendOptions): Settings {
  if (options.dragon !== undefined) return toDragon(options);
  return options.servers === undefined ? toLaunched(options) : toAttached(options);
}

/** @throws `OptionsError` that lists every problem of what was given to `what`. */
export function parse<S extends z.ZodType>(what: string, checked: S, value: unknown): z.output<S> {
  const result = checked.safeParse(value);
  if (result.success) return result.data;
  throw new OptionsError(`${what}: ${z.prettifyError(result.error)}`, { cause: result.error });
}

const WHAT = "VllmInferenceBackend";

function toAttached(options: VllmBackendOptions): Settings {
  const parsed = parse(WHAT, attachSchema, options);
  const { servers, apiKey, connectTimeoutMs, model } = parsed;
  const addresses = servers.map((server) => toReplicaAddress(server, apiKey));
  return {
    ...toCommon(parsed, parsed.port),
    source: { kind: "attach", servers: addresses, connectTimeoutMs },
    model,
    fleet: toFleetSettings(parsed),
  };
}

function toLaunched(options: VllmBackendOptions): Settings {
  const { model, modelName, configFile } = options as LaunchOptions;
  if (model === undefined && modelName === undefined && configFile === undefined) {
    const message =
      "say where the model is: `servers` that run already, or the `model` that it is to start servers for";
    throw new OptionsError(`${WHAT}: ${message}`);
  }
  const parsed = parse(WHAT, launchSchema, options);
  const given = Object.entries(options).filter(
    ([name]) => name in launchFields && !(name === "port" && parsed.useService === true),
  );
  return {
    ...toCommon(parsed, (options as LaunchOptions).port),
    source: { kind: "launch", launch: parseLaunchOptions(WHAT, Object.fromEntries(given)) },
    // What the server calls it is its own matter.
    model: undefined,
    fleet: toFleetSettings({ ...parsed, patienceMs: parsed.patienceMs ?? LAUNCHED_PATIENCE_MS }),
  };
}

function toDragon(options: VllmBackendOptions): Settings {
  const parsed = parse(WHAT, dragonSchema, options);
  const { dragon, maxInFlight } = parsed;
  // Checked by the schemas of their fields; defaults are the configuration's.
  const given = Object.entries(options).filter(([name]) => name in launchFields && name !== "port");
  const launch: Omit<DragonLaunchOptions, "port"> = Object.fromEntries(given);
  return {
    ...toCommon(parsed, parsed.port),
    source: { kind: "dragon", ...launch, ...dragon, maxInFlight },
    model: undefined,
    fleet: toFleetSettings(parsed),
  };
}

type Common = z.output<z.ZodObject<typeof common>>;

function toCommon(parsed: Common, servicePort: number | undefined): Omit<Settings, "source" | "model" | "fleet"> {
  const { name, taskKinds, prompts, defaults, timeoutMs, maxBatchSize, maxBatchWaitMs, useService } = parsed;
  return {
    name,
    taskKinds,
    prompts,
    defaults,
    timeoutMs,
    batch: toBatch(maxBatchSize, maxBatchWaitMs),
    service: toService(useService, servicePort),
  };
}

function toBatch(size: number | undefined, waitMs: number | undefined): BatchSettings | undefined {
  if (size === undefined && waitMs === undefined) return undefined;
  return { maxSize: size ?? DEFAULT_BATCH_SIZE, maxWaitMs: waitMs ?? 0 };
}

function toService(given: Common["useService"], servicePort = DEFAULT_SERVICE_PORT): ServiceOptions | undefined {
  if (given === false) return undefined;
  return given === true ? { port: servicePort } : given;
}
