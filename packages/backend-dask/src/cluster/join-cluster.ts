import { BackendError, type BackendContext } from "@rhapsody/core";
import type { RunningCluster } from "../options/cluster-options.ts";
import { isRunningCluster } from "../options/cluster-schema.ts";
import type { Settings } from "../options/settings.ts";
import type { ClusterLink } from "./cluster-link.ts";
import { gatewayRequirement, joinGateway } from "./gateway.ts";
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
      return joinRunning(name, { schedulerAddress: address, tls });
    }
    case "jobqueue":
      return { settings: cluster, secrets: {}, requires: [jobQueue], close };
    case "gateway":
      return joinGateway({ backend: name, cluster, context });
  }
}

const jobQueue = { module: "dask_jobqueue", install: "dask-jobqueue>=0.9" };

/** Nothing is started, so nothing is stopped. */
async function joinRunning(backend: string, cluster: RunningCluster): Promise<ClusterLink> {
  const { schedulerAddress: address, tls, dashboardLink } = cluster;
  const gateway = address.startsWith("gateway://");
  return {
    settings: { kind: gateway ? "gateway" : "address", address },
    secrets: await tlsSecrets(backend, tls),
    requires: gateway ? [gatewayRequirement] : [],
    dashboardLink,
    scale: async (workers) => (cluster.scale === undefined ? notOurs(backend) : cluster.scale(workers)),
    adapt: async (range) => (cluster.adapt === undefined ? notOurs(backend) : cluster.adapt(range)),
    close,
  };
}

async function close(): Promise<void> {}

function notOurs(backend: string): never {
  const message =
    "its cluster was started by somebody else, who alone can change its workers; start one with the backend, or pass a handle that can scale";
  throw new BackendError("BACKEND_UNAVAILABLE", { backend, message });
}
