import { z } from "zod";
import type { DragonConfiguration } from "./dragon-configuration.ts";
import { dragonSchema } from "./dragon-schema.ts";

/**
 * What only Dragon's inference service has.
 *
 * @experimental What comes after the service's start has not been run on GPUs.
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
