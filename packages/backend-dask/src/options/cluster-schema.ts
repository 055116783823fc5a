import { z } from "zod";
import { gatewayClient } from "../cluster/gateway.ts";
import type {
  DaskCluster,
  DaskTls,
  GatewayClusterDescription,
  LocalClusterSize,
  RunningCluster,
  WorkerRange,
} from "./cluster-options.ts";

const whole: z.ZodOptional<z.ZodInt> = z.int().positive().optional();

/** Checks for the size of a cluster on this machine. */
export const size: Readonly<Record<keyof LocalClusterSize, typeof whole>> = {
  workers: whole,
  threadsPerWorker: whole,
  memoryLimitBytes: whole,
};

/** Checks a range of workers. */
export const rangeSchema: z.ZodType<WorkerRange> = z
  .strictObject({ minimum: z.int().nonnegative().optional(), maximum: z.int().positive() })
  .refine(({ minimum = 0, maximum }) => minimum <= maximum, "minimum must not be larger than maximum");

const tlsSchema: z.ZodType<DaskTls> = z.strictObject({
  ca: z.string().min(1).optional(),
  certificate: z.string().min(1),
  key: z.string().min(1),
});

const ADDRESS = /^(?:[a-z]+:\/\/)?\S+:\d+(?:\/\S*)?$/;
const addressSchema = z
  .string()
  .regex(ADDRESS, 'expected the address of a scheduler, e.g. "tcp://10.0.0.4:8786"')
  .refine(
    (address) => !/^https?:/.test(address),
    "that is the address of a dashboard; the scheduler's begins with tcp:// or tls://, and is printed when it starts",
  );

const oneOf = (first: string) => `give either ${first} or adaptive`;
const TLS_NEEDED = "a tls:// address needs tls: { certificate, key }";

const gatewaySchema = z
  .looseObject({
    kind: z.literal("gateway"),
    address: z.string(),
    name: z.string().min(1).optional(),
    clusterOptions: z.record(z.string(), z.unknown()).optional(),
    workers: z.int().nonnegative().optional(),
    adaptive: rangeSchema.optional(),
    startTimeoutMs: z.number().positive().optional(),
  })
  .refine(({ workers, adaptive }) => workers === undefined || adaptive === undefined, oneOf("workers"))
  .refine(
    ({ name, clusterOptions }) => name === undefined || clusterOptions === undefined,
    "clusterOptions are for a new cluster, name is for one that exists",
  )
  .superRefine((cluster, context) => {
    const problem = clientProblem(cluster);
    if (problem !== undefined) context.addIssue({ code: "custom", message: problem });
  });

/** What the client of the gateway has against its options. */
function clientProblem(cluster: Readonly<Record<string, unknown>>): string | undefined {
  try {
    // The client checks them all itself.
    gatewayClient(cluster as unknown as GatewayClusterDescription);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Checks a description of a cluster. */
export const clusterSchema: z.ZodType<DaskCluster> = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ kind: z.literal("local"), ...size }),
    z
      .strictObject({ kind: z.literal("address"), address: addressSchema, tls: tlsSchema.optional() })
      .refine(({ address, tls }) => tls !== undefined || !address.startsWith("tls://"), TLS_NEEDED),
    gatewaySchema,
    z
      .strictObject({
        kind: z.literal("jobqueue"),
        system: z.enum(["slurm", "pbs", "lsf", "sge", "htcondor", "oar", "moab"]),
        options: z.record(z.string(), z.unknown()).optional(),
        jobs: z.int().nonnegative().optional(),
        adaptive: rangeSchema.optional(),
      })
      .refine(({ jobs, adaptive }) => jobs === undefined || adaptive === undefined, oneOf("jobs")),
  ],
  {
    error:
      "expected { kind: local | address | gateway | jobqueue, … } or the handle of a running cluster, with its schedulerAddress",
  },
);

/** Checks the handle of a running cluster, whatever else it has. */
export const runningSchema: z.ZodType<RunningCluster> = z.custom<RunningCluster>(
  (value) => addressSchema.safeParse(Reflect.get(Object(value), "schedulerAddress")).success,
  'its schedulerAddress must be the address of a scheduler, e.g. "tcp://10.0.0.4:8786"',
);

/** Tells the handle of a running cluster from the description of one. */
export function isRunningCluster(cluster: unknown): cluster is RunningCluster {
  return typeof cluster === "object" && cluster !== null && !("kind" in cluster) && "schedulerAddress" in cluster;
}
