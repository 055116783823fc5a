import { BackendError, type BackendContext } from "@rhapsody/core";
import { DaskGatewayClient, DaskGatewayError, type GatewayCluster } from "@rhapsody/dask-gateway-client";
import type { PythonRequirement } from "@rhapsody/python-bridge";
import type { GatewayClusterDescription } from "../options/cluster-options.ts";
import type { ClusterLink } from "./cluster-link.ts";
import { tlsSecrets } from "./tls.ts";

/** What {@link joinGateway} needs. */
export interface GatewayParts {
  /** `Backend.name`, for errors. */
  readonly backend: string;
  readonly cluster: GatewayClusterDescription;
  readonly context: BackendContext;
}

/** What Python needs to speak with schedulers behind a gateway. */
export const gatewayRequirement: PythonRequirement = { module: "dask_gateway", install: "dask-gateway>=2024.1" };

const DEFAULT_START_MS = 120_000;

/** The client for a gateway. Throws what is wrong with its options; sends nothing. */
export function gatewayClient(cluster: GatewayClusterDescription): DaskGatewayClient {
  const { kind: _, name: _name, workers: _workers, adaptive: _adaptive, startTimeoutMs: _ms, ...options } = cluster;
  return new DaskGatewayClient(options);
}

/** Makes a cluster at a gateway, or finds one by its name, and makes sure that its scheduler can be reached from here. */
export async function joinGateway({ backend, cluster, context }: GatewayParts): Promise<ClusterLink> {
  const onWarning = (message: string): void => context.logger.warn({ backend }, message);
  const client = gatewayClient({ onWarning, ...cluster });
  try {
    const joined = await join(client, cluster, context.signal);
    return {
      settings: { kind: "gateway", address: joined.schedulerAddress },
      secrets: await tlsSecrets(backend, joined.tls),
      requires: [gatewayRequirement],
      dashboardLink: joined.dashboardLink,
      scale: (count) => told(backend, joined.scale(count)),
      adapt: (range) => told(backend, joined.adapt(range)),
      close: () => client.close(),
    };
  } catch (error) {
    // What could not be stopped now is stopped when the process ends; the first failure is the one to tell.
    await client.close().catch(() => {});
    throw toBackendError(backend, error);
  }
}

async function join(
  client: DaskGatewayClient,
  { name, workers, adaptive, startTimeoutMs = DEFAULT_START_MS }: GatewayClusterDescription,
  signal: AbortSignal,
): Promise<GatewayCluster> {
  const wait = { timeoutMs: startTimeoutMs, signal };
  const joined = await (name === undefined ? client.newCluster({}, wait) : client.connect(name, wait));
  await joined.preflight({ signal });
  const count = workers ?? (name === undefined ? 1 : undefined);
  if (adaptive !== undefined) await joined.adapt({ ...adaptive, signal });
  else if (count !== undefined) await joined.scale(count, { signal });
  return joined;
}

async function told(backend: string, done: Promise<unknown>): Promise<void> {
  try {
    await done;
  } catch (error) {
    throw toBackendError(backend, error);
  }
}

function toBackendError(backend: string, error: unknown): unknown {
  if (!DaskGatewayError.isInstance(error)) return error;
  return new BackendError("BACKEND_UNAVAILABLE", { backend, message: error.message, cause: error });
}
