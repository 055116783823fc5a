import { OptionsError } from "@rhapsody/core";
import { z } from "zod";
import type { DaskBackendOptions } from "./backend-options.ts";
import type { DaskCluster, LocalClusterDescription } from "./cluster-options.ts";
import { clusterSchema, isRunningCluster, runningSchema } from "./cluster-schema.ts";

/** {@link DaskBackendOptions} after defaults. */
export interface Settings {
  readonly name: string;
  readonly cluster: DaskCluster;
  readonly python?: string | undefined;
  /** Node.js on the workers, and its options. */
  readonly node: readonly [string, ...string[]];
  readonly chunking: false | { readonly targetMs: number; readonly max: number };
  readonly graceMs: number;
  readonly connectTimeoutMs: number;
  readonly waitForWorkersMs: number;
  readonly captureDir?: string | undefined;
}

const DEFAULT_GRACE_MS = 5_000;
const DEFAULT_CONNECT_MS = 30_000;
const DEFAULT_WORKERS_MS = 30_000;
// Past 50 ms chunks gain no throughput, and past a tenth of a second a person begins to notice that results come in pieces.
const DEFAULT_CHUNKING = { targetMs: 100, max: 64 } as const;

const local: LocalClusterDescription = { kind: "local" };

/** @throws `OptionsError` that lists every problem. */
export function parseBackendOptions(options: DaskBackendOptions): Settings {
  const { node, waitForWorkersMs, ...rest } = parse("DaskExecutionBackend", schemaFor(options), options);
  const here = "kind" in rest.cluster && rest.cluster.kind === "local";
  const itsNode = isRunningCluster(rest.cluster) ? rest.cluster.node : undefined;
  return {
    ...rest,
    node: node ?? [itsNode ?? (here ? process.execPath : "node")],
    waitForWorkersMs: waitForWorkersMs ?? (here ? DEFAULT_WORKERS_MS : 0),
  };
}

/** @throws `OptionsError` that lists every problem of what was given to `what`. */
export function parse<S extends z.ZodType>(what: string, schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new OptionsError(`${what}: ${z.prettifyError(result.error)}`, { cause: result.error });
}

// Each way to name a cluster has a schema of its own, so that a mistake in one is told in its own words.
function schemaFor(options: DaskBackendOptions) {
  const cluster: z.ZodType<DaskCluster> = isRunningCluster(options?.cluster) ? runningSchema : clusterSchema;
  return z.strictObject({
    name: z.string().min(1).default("dask"),
    cluster: cluster.default(local),
    python: z.string().min(1).optional(),
    node: z
      .union(
        [
          z
            .string()
            .min(1)
            .transform((path): [string, ...string[]] => [path]),
          z.tuple([z.string().min(1)], z.string()),
        ],
        { error: 'expected a path, or a command with its options: ["node", "--max-old-space-size=4096"]' },
      )
      .optional(),
    chunking: z
      .union(
        [
          z.literal(false),
          z.strictObject({
            targetMs: z.number().positive().default(DEFAULT_CHUNKING.targetMs),
            max: z.int().positive().default(DEFAULT_CHUNKING.max),
          }),
        ],
        { error: "expected false, or { targetMs, max }" },
      )
      .default(DEFAULT_CHUNKING),
    graceMs: z.number().nonnegative().default(DEFAULT_GRACE_MS),
    connectTimeoutMs: z.number().positive().default(DEFAULT_CONNECT_MS),
    waitForWorkersMs: z.number().nonnegative().optional(),
    captureDir: z.string().min(1).optional(),
  });
}
