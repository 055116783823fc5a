import type { JobQueueCluster, LocalClusterDescription } from "../options/cluster-options.ts";

/** What the Python engine is opened with. Certificates go as the secrets `tlsCa`, `tlsCert`, `tlsKey`, in PEM. */
export interface EngineSettings {
  readonly cluster: EngineCluster;
  readonly chunking: false | { readonly targetMs: number; readonly max: number };
  readonly connectTimeoutMs: number;
  /** How long opening waits for the first worker; 0 does not. */
  readonly waitForWorkersMs: number;
}

/** A cluster as the Python engine knows it. A `gateway` address reads `gateway://host:port/name`; the host has made that cluster. */
export type EngineCluster =
  | LocalClusterDescription
  | { readonly kind: "address"; readonly address: string }
  | { readonly kind: "gateway"; readonly address: string }
  | JobQueueCluster;
