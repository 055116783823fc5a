import type { PythonRequirement } from "@rhapsody/python-bridge";
import type { EngineCluster } from "../engine/engine-settings.ts";
import type { WorkerRange } from "../options/cluster-options.ts";

/** A cluster for one opening of the backend: what the engine is told about it, and what stays with the host. */
export interface ClusterLink {
  /** The `cluster` of the engine's settings. */
  readonly settings: EngineCluster;
  readonly secrets: Readonly<Record<string, string>>;
  /** Python modules that it needs beside Dask. */
  readonly requires: readonly PythonRequirement[];
  readonly dashboardLink?: string | undefined;
  /** Changes the number of workers; absent when the engine does that. */
  readonly scale?: ((workers: number) => Promise<unknown>) | undefined;
  /** Lets the cluster grow and shrink; absent when the engine does that. */
  readonly adapt?: ((range: WorkerRange) => Promise<unknown>) | undefined;
  /** Stops what was started for this opening; nothing else. */
  close(): Promise<void>;
}
