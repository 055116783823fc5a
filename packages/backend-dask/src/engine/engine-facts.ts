import { z } from "zod";

/** What the Python engine tells once it is open. */
export interface DaskFacts {
  readonly schedulerAddress: string;
  readonly dashboardLink?: string | null | undefined;
}

/** A worker of a Dask cluster. */
export interface DaskWorker {
  /** E.g. `"tcp://10.0.0.7:40123"`. */
  readonly address: string;
  /** What `backendOptions.dask.workers` may also name it by. */
  readonly name: string;
  /** Tasks that it runs at a time. */
  readonly threads: number;
  /** Memory that it may use, in bytes; 0 without a limit. */
  readonly memoryLimitBytes: number;
  /** Amounts of the resources that it was started with. */
  readonly resources: Readonly<Record<string, number>>;
}

/** Reads what the engine's `open` gave. */
export const factsSchema: z.ZodType<DaskFacts> = z.object({
  schedulerAddress: z.string().min(1),
  dashboardLink: z.string().nullish(),
});

/** Reads what the engine answers to the call `workers`. */
export const workersSchema: z.ZodType<readonly DaskWorker[]> = z.array(
  z.object({
    address: z.string(),
    name: z.string(),
    threads: z.number(),
    memoryLimitBytes: z.number(),
    resources: z.record(z.string(), z.number()),
  }),
);
