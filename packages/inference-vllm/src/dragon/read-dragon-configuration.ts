import { readFile } from "node:fs/promises";
import { OptionsError, type SamplingOptions } from "@rhapsody/core";
import { parse } from "yaml";
import { z } from "zod";
import { isObject, type JsonObject } from "../fleet/read-json.ts";
import type { LaunchOptions } from "../launch/launch-options.ts";
import type { DragonConfiguration } from "./dragon-configuration.ts";
import type { DragonOptions } from "./dragon-options.ts";
import { dragonSchema } from "./dragon-schema.ts";

/** Options that say what the service is to be. */
export interface ServiceOptions
  extends
    Pick<LaunchOptions, "model" | "modelName" | "configFile" | "numNodes" | "numGpus" | "tpSize" | "offset">,
    Pick<DragonOptions, "config"> {
  /** Sampling for all prompts: the service has none for single ones. */
  readonly defaults?: SamplingOptions | undefined;
}

/** A whole configuration, its secrets apart. */
export interface ServiceConfiguration {
  readonly config: DragonConfiguration;
  readonly secrets: Readonly<Record<string, string>>;
  /** The model to load. */
  readonly model: string;
}

/**
 * The service's configuration: that of the file, over it `config`, over it the other options. Guardrails and stopping of idle workers are off unless asked for.
 *
 * @throws `OptionsError` that lists every problem.
 */
export async function readDragonConfiguration(options: ServiceOptions): Promise<ServiceConfiguration> {
  const { configFile, config = {} } = options;
  const layers = [OFF, configFile === undefined ? {} : await readDragonFile(configFile), config, fromOptions(options)];
  const { token, required = {}, ...rest } = check("the configuration of Dragon's inference service", merge(layers));
  const { hf_token: hfToken, flask_secret_key: flaskSecretKey, model_name: model, tp_size: tpSize = 1 } = required;
  if (model === undefined)
    throw new OptionsError(
      "Dragon's inference service needs a model: give model, or required.model_name in its configuration",
    );
  return {
    config: { ...rest, required: { model_name: model, tp_size: tpSize } },
    secrets: withoutUndefined({ hf_token: hfToken, flask_secret_key: flaskSecretKey, token }),
    model,
  };
}

const OFF: DragonConfiguration = { guardrails: { toggle_on: false }, dynamic_inf_wrkr: { toggle_on: false } };

async function readDragonFile(path: string): Promise<DragonConfiguration> {
  let document: unknown;
  try {
    document = parse(await readFile(path, "utf8"), { uniqueKeys: true });
  } catch (cause) {
    throw new OptionsError(`configFile ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  // An empty file is an empty mapping, and so is an empty section.
  return check(
    `configFile ${path}`,
    Object.fromEntries(Object.entries(document ?? {}).map(([key, value]) => [key, (value as unknown) ?? {}])),
  );
}

function fromOptions({
  model,
  modelName,
  numNodes,
  numGpus,
  tpSize,
  offset,
  defaults = {},
}: ServiceOptions): DragonConfiguration {
  const { temperature, topP, topK, maxTokens } = defaults;
  return {
    required: { model_name: model ?? modelName, tp_size: tpSize },
    hardware: { num_nodes: numNodes, num_gpus: numGpus, node_offset: offset },
    llm: { temperature, top_p: topP, top_k: topK, max_tokens: maxTokens },
  };
}

/** Later layers win, key by key of each section. */
function merge(layers: readonly DragonConfiguration[]): DragonConfiguration {
  const merged: Record<string, unknown> = {};
  for (const [name, value] of layers.flatMap((layer) => Object.entries(layer as JsonObject))) {
    if (isObject(value)) merged[name] = { ...(merged[name] as JsonObject | undefined), ...withoutUndefined(value) };
    else if (value !== undefined) merged[name] = value;
  }
  return merged;
}

function check(what: string, value: unknown): DragonConfiguration {
  const result = dragonSchema.safeParse(value);
  if (result.success) return result.data;
  throw new OptionsError(`${what}: ${z.prettifyError(result.error)}`, { cause: result.error });
}

function withoutUndefined<T>(record: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter((entry): entry is [string, T] => entry[1] !== undefined));
}
