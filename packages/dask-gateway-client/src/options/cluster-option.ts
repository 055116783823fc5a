import { z } from "zod";

/** What values an option takes. A bound that is absent does not limit. */
export type ClusterOptionSpec =
  | { readonly type: "string" | "bool" | "mapping" }
  | { readonly type: "int" | "float"; readonly minimum?: number; readonly maximum?: number }
  | { readonly type: "select"; readonly choices: readonly string[] };

/** One option of new clusters, as the gateway's administrator set it up. */
export interface ClusterOption {
  /** Its key among the options of a new cluster. */
  readonly field: string;
  /** What people call it. */
  readonly label: string;
  /** The value where none is given. */
  readonly default: unknown;
  /** Absent when the gateway describes it in a way that this client does not know. */
  readonly spec?: ClusterOptionSpec;
}

const wireNumberSchema = z
  .object({ type: z.enum(["int", "float"]), min: z.number().nullish(), max: z.number().nullish() })
  .transform(({ type, min, max }) => ({
    type,
    ...(min == null ? {} : { minimum: min }),
    ...(max == null ? {} : { maximum: max }),
  }));

const wireSpecSchema = z.union([
  z.object({ type: z.enum(["string", "bool", "mapping"]) }),
  wireNumberSchema,
  z
    .object({ type: z.literal("select"), options: z.array(z.string()) })
    .transform(({ type, options }) => ({ type, choices: options })),
]);

/** `options.py` of dask-gateway-server 2026.3.0. */
export const wireOptionsSchema: z.ZodType<readonly ClusterOption[]> = z
  .object({
    cluster_options: z.array(
      z.object({ field: z.string(), label: z.string().nullish(), default: z.unknown(), spec: z.unknown() }),
    ),
  })
  .transform(({ cluster_options: options }) =>
    options.map(({ field, label, default: value, spec }) => {
      const known = wireSpecSchema.safeParse(spec);
      return { field, label: label ?? field, default: value, ...(known.success ? { spec: known.data } : {}) };
    }),
  );
