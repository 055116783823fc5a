export { createBackend } from "./backend/create-backend.ts";
export { DaskExecutionBackend } from "./backend/dask-execution-backend.ts";
export { probeBackend } from "./backend/probe-backend.ts";
export { LocalCluster, type LocalClusterOptions } from "./cluster/local-cluster.ts";
export type { DaskWorker } from "./engine/engine-facts.ts";
export type { DaskBackendOptions, DaskChunking } from "./options/backend-options.ts";
export type {
  AddressCluster,
  DaskCluster,
  DaskTls,
  GatewayClusterDescription,
  JobQueueCluster,
  JobQueueSystem,
  LocalClusterDescription,
  LocalClusterSize,
  RunningCluster,
  WorkerRange,
} from "./options/cluster-options.ts";
export type { DaskTaskOptions } from "./options/task-options.ts";
