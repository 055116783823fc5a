import type { DaskGatewayClient } from "../client/dask-gateway-client.ts";
import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import type { ClusterReport } from "./cluster-report.ts";
import { waitFor, type WaitOptions } from "./wait-for.ts";

type Gets = Pick<DaskGatewayClient, "get">;

// Images of workers may have to be fetched first; the gateway itself gives up after its cluster_start_timeout, by default 60 s.
const START_TIMEOUT_MS = 600_000;
const STOP_TIMEOUT_MS = 60_000;

// On Kubernetes a new cluster may be unknown until the gateway's server has heard of it.
const UNSEEN_GRACE_MS = 30_000;

/** Waits until the cluster runs; `createdAt`, by `performance.now()`, when it is so new that it may not be known yet. */
export async function waitForRunning(
  client: Gets,
  name: string,
  options: WaitOptions & { readonly createdAt?: number | undefined },
): Promise<ClusterReport> {
  const { timeoutMs = START_TIMEOUT_MS, signal, createdAt = -Infinity } = options;
  return await waitFor({
    cluster: name,
    timeoutMs,
    signal,
    maxPauseMs: 500,
    timeoutMessage: `Cluster ${name} does not run after ${timeoutMs} ms. Perhaps the site has no room for its scheduler now: wait longer, or ask the gateway's administrator.`,
    mayPass: (error) =>
      error.retryable ||
      (error.code === "GATEWAY_CLUSTER_NOT_FOUND" && performance.now() - createdAt < UNSEEN_GRACE_MS),
    look: async (lookSignal) => {
      const report = await client.get(name, { wait: true, signal: lookSignal });
      if (report.status === "PENDING") return undefined;
      if (report.status === "RUNNING") return report;
      throw toStartFailure(report);
    },
  });
}

/** Waits until the cluster has ended. */
export async function waitForStopped(
  client: Gets,
  name: string,
  options: WaitOptions,
): Promise<ClusterReport | undefined> {
  const { timeoutMs = STOP_TIMEOUT_MS, signal } = options;
  const { report } = await waitFor<{ readonly report: ClusterReport | undefined }>({
    cluster: name,
    timeoutMs,
    signal,
    maxPauseMs: 2_000,
    timeoutMessage: `Cluster ${name} has not ended after ${timeoutMs} ms. Call stop("${name}") first; a site's scheduler may also take longer.`,
    mayPass: (error) => error.retryable,
    look: async (lookSignal) => {
      const found = await client.get(name, { signal: lookSignal }).catch((error: unknown) => {
        if (DaskGatewayError.isInstance(error) && error.code === "GATEWAY_CLUSTER_NOT_FOUND") return undefined;
        throw error;
      });
      return !found || found.status === "STOPPED" || found.status === "FAILED" ? { report: found } : undefined;
    },
  });
  return report;
}

function toStartFailure({ name, status, startTimeMs, stopTimeMs }: ClusterReport): DaskGatewayError {
  const after = stopTimeMs === undefined ? "" : ` after ${stopTimeMs - startTimeMs} ms`;
  // dask-gateway-server 2026.3.0 starts `dask-scheduler` by default, which distributed has no longer from 2026.6 on.
  const reason =
    status === "FAILED"
      ? 'The reason is in the log of the gateway\'s server only. A cluster that fails within a second often means that its scheduler_cmd is not there: with distributed 2026.6 or newer the server needs c.ClusterConfig.scheduler_cmd = ["dask", "scheduler"] and worker_cmd = ["dask", "worker"].'
      : "Somebody stopped it, or the gateway did.";
  return new DaskGatewayError(
    "GATEWAY_CLUSTER_FAILED",
    `Cluster ${name} is ${status}${after} and will not run. ${reason}`,
    {
      cluster: name,
    },
  );
}
