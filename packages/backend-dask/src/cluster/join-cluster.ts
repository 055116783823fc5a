import type { BackendContext } from "@rhapsody/core";
import { isRunningCluster } from "../options/cluster-schema.ts";
import type { RunningCluster } from "../options/cluster-options.ts";
import type { Settings } from "../options/settings.ts";
import type { ClusterLink } from "./cluster-link.ts";
import { joinGateway } from "./gateway.ts";
import { tlsSecrets } from "./tls.ts";

/**
 * Gets hold of the cluster that the options name, starting it where that is not the engine's business.
 *
 * @throws `BackendError` `BACKEND_UNAVAILABLE` with the fix; nothing was left behind.
 */
export async function joinCluster({ name, cluster }: Settings, context: BackendContext): Promise<ClusterLink> {
  if (isRunningCluster(cluster)) return joinRunning(name, cluster);
  switch (cluster.kind) {
    case "local":
      return { settings: cluster, secrets: {}, requires: [], close };
    case "address": {
      const { address, tls } = cluster;
      return { settings: { kind: "address", address }, secrets: await tlsSecrets(name, tls), requires: [], close };
    }
    case "jobqueue":
      return { settings: cluster, secrets: {}, requires: [jobQueue], close };
    case "gateway":
      return joinGateway({ backend: name, cluster, context });
  }
}

const jobQueue = { module: "dask_jobqueue", install: "dask-jobqueue>=0.9" };

async function joinRunning(backend: string, cluster: RunningCluster): Promise<ClusterLink> {
  const { schedulerAddress: address, tls, dashboardLink } = cluster;
  return {
    settings: { kind: address.startsWith("gateway://") ? "gateway" : "address", address },
    secrets: await tlsSecrets(backend, tls),
    requires: [],
    dashboardLink,
    // Bound late: a handle's methods may be those of a class.
    ...(cluster.scale !== undefined && { scale: async (workers: number) => cluster.scale?.(workers) }),
    ...(cluster.adapt !== undefined && { adapt: async (range) => cluster.adapt?.(range) }),
    close,
  };
}

/** Nothing was started, so nothing is stopped. */
async function close(): Promise<void> {}
