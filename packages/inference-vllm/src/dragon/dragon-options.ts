import { z } from "zod";
import type { DragonConfiguration } from "./dragon-configuration.ts";
import { dragonSchema } from "./dragon-schema.ts";

/**
 * Asks Dragon's own inference service (`dragon.ai.inference`), which this starts on the GPUs of its allocation, instead of servers. What is true for `vllm serve`
 * elsewhere is true for the service here: `model` or `modelName`, `numNodes`, `numGpus`, `tpSize`, `offset`, `python`, `environment`, `startTimeoutMs`;
 * `configFile` is in the form of {@link DragonConfiguration}.
 *
 * @experimental What comes after the service's start has never run on GPUs here.
 */
export interface DragonOptions {
  /** Configuration over that of `configFile`. @defaultValue none */
  readonly config?: DragonConfiguration | undefined;
  /** Options of Dragon's launcher `dragon`, e.g. `["--wlm", "slurm", "-N", "4"]`; the first node has to be this machine. @defaultValue `["-s"]`: this node alone */
  readonly launcherArguments?: readonly string[] | undefined;
}

/** Checks {@link DragonOptions}. */
export const dragonOptionsSchema: z.ZodType<DragonOptions> = z.strictObject({
  config: dragonSchema.optional(),
  launcherArguments: z.array(z.string()).optional(),
});
