import type { DaskGatewayClientOptions } from "@rhapsody/dask-gateway-client";

/**
 * Where the tasks run: a cluster that the backend starts and stops (`local`, `gateway`, `jobqueue`), one that runs already at an address, or the handle of one
 * that you started yourself.
 */
export type DaskCluster =
  | LocalClusterDescription
  | AddressCluster
  | GatewayClusterDescription
  | JobQueueCluster
  | RunningCluster;

/** A scheduler and workers on this machine, started and stopped with the backend. */
export interface LocalClusterDescription extends LocalClusterSize {
  readonly kind: "local";
}

/** How large a cluster on this machine is. */
export interface LocalClusterSize {
  /** Worker processes. @defaultValue chosen by Dask for the cores of the machine */
  readonly workers?: number | undefined;
  /** Tasks that a worker process runs at a time. @defaultValue chosen by Dask for the cores of the machine */
  readonly threadsPerWorker?: number | undefined;
  /** Memory of each worker, in bytes: Dask restarts one that takes more. @defaultValue its share of the machine's memory */
  readonly memoryLimitBytes?: number | undefined;
}

/** A scheduler that runs already. Closing the backend leaves it alone. */
export interface AddressCluster {
  readonly kind: "address";
  /** E.g. `"tcp://10.0.0.4:8786"` or `"tls://10.0.0.4:8786"`. */
  readonly address: string;
  /** What a scheduler at a `tls://` address asks for. */
  readonly tls?: DaskTls | undefined;
}

/** Certificates of a connection; each is the path of a PEM file or the PEM text itself. */
export interface DaskTls {
  /** Certificate of the authority that signed the scheduler's certificate. @defaultValue `certificate`, which then signs itself */
  readonly ca?: string | undefined;
  /** Certificate of this client. */
  readonly certificate: string;
  /** Private key of this client. */
  readonly key: string;
}

/**
 * A cluster of a Dask Gateway server: made and stopped with the backend, or an existing one by its `name`, which is left running. How the server is
 * reached and told who you are, and the options of new clusters, are those of `DaskGatewayClient`.
 */
export interface GatewayClusterDescription extends DaskGatewayClientOptions {
  readonly kind: "gateway";
  /** An existing cluster of yours. @defaultValue a new cluster with `clusterOptions` */
  readonly name?: string | undefined;
  /** Workers to ask for. @defaultValue 1 for a new cluster without `adaptive`; an existing one keeps what it has */
  readonly workers?: number | undefined;
  /** Lets the cluster grow and shrink with its load, instead of `workers`. */
  readonly adaptive?: WorkerRange | undefined;
  /** How long a new cluster may take to start, in milliseconds. @defaultValue 120,000 */
  readonly startTimeoutMs?: number | undefined;
}

/** Bounds of a cluster that grows and shrinks with its load. */
export interface WorkerRange {
  /** At least 0. @defaultValue 0 */
  readonly minimum?: number | undefined;
  /** At least 1. */
  readonly maximum: number;
}

/** Workers that are jobs of a resource manager, submitted through the Python library dask-jobqueue; the scheduler runs beside the session. */
export interface JobQueueCluster {
  readonly kind: "jobqueue";
  readonly system: JobQueueSystem;
  /** What the library's cluster class takes, by its names: `{ queue: "debug", account: "m42", cores: 32, memory: "64GB", walltime: "01:00:00" }`. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Jobs to submit. @defaultValue 1 without `adaptive` */
  readonly jobs?: number | undefined;
  /** Lets the number of jobs follow the load, instead of `jobs`. */
  readonly adaptive?: WorkerRange | undefined;
}

/** Resource managers that dask-jobqueue knows. */
export type JobQueueSystem = "slurm" | "pbs" | "lsf" | "sge" | "htcondor" | "oar" | "moab";

/**
 * A cluster that somebody else owns: a `LocalCluster` of this package, a `GatewayCluster` of `@rhapsody/dask-gateway-client`, or any object with an address. Several
 * backends may share it; none of them stops it.
 */
export interface RunningCluster {
  readonly schedulerAddress: string;
  readonly tls?: DaskTls | undefined;
  readonly dashboardLink?: string | undefined;
  /** Node.js on its workers. @defaultValue `node` in their `PATH` */
  readonly node?: string | undefined;
  /** Changes the number of workers, when the cluster can. */
  scale?(workers: number): Promise<unknown>;
  /** Lets the cluster grow and shrink, when it can. */
  adapt?(range: WorkerRange): Promise<unknown>;
}
