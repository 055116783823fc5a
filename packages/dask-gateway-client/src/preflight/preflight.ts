import { setTimeout as pause } from "node:timers/promises";
import type { ClusterReport } from "../cluster/cluster-report.ts";
import { DaskGatewayError, type DaskGatewayErrorCode } from "../errors/dask-gateway-error.ts";
import { Deadline } from "../http/deadline.ts";
import { probe, type ProbeOutcome, type ProbeTarget } from "./probe.ts";

/** Options of a preflight. */
export interface PreflightOptions {
  /** In milliseconds. A cluster that has just started may get its route a little later: so long it is tried again. @defaultValue `10000` */
  readonly timeoutMs?: number | undefined;
  /** Ends the preflight; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

const TIMEOUT_MS = 10_000;
const PAUSE_MS = 200;

/** Tries whether a running cluster's scheduler can be reached through the scheduler proxy. */
export async function preflight(
  { name, schedulerAddress, tls }: Pick<ClusterReport, "name" | "schedulerAddress" | "tls">,
  { timeoutMs = TIMEOUT_MS, signal }: PreflightOptions,
): Promise<void> {
  if (schedulerAddress === undefined || tls === undefined) {
    throw new DaskGatewayError(
      "GATEWAY_CLUSTER_NOT_RUNNING",
      `Cluster ${name} does not run: wait with waitForRunning("${name}").`,
      {
        cluster: name,
      },
    );
  }
  const { hostname, port } = new URL(schedulerAddress);
  const target: ProbeTarget = { host: hostname.replaceAll(/^\[|\]$/g, ""), port: Number(port), cluster: name, tls };
  let last: ProbeOutcome | undefined;
  const deadline = new Deadline(timeoutMs, signal, () => toError(target, last ?? SILENT));
  try {
    for (;;) {
      const outcome = await probe(target, deadline.signal);
      if (outcome.kind === "reached") return;
      if (outcome.kind !== "closed") throw toError(target, outcome);
      last = outcome;
      await pause(PAUSE_MS, undefined, { signal: deadline.signal }).catch(() => deadline.signal.throwIfAborted());
    }
  } finally {
    deadline.clear();
  }
}

const SILENT: ProbeOutcome = { kind: "other", detail: "something that answers no TLS handshake" };

function toError({ host, port, cluster }: ProbeTarget, { kind, detail }: ProbeOutcome): DaskGatewayError {
  const where = `${host}:${port}`;
  const failures: Readonly<Record<Exclude<ProbeOutcome["kind"], "reached">, readonly [DaskGatewayErrorCode, string]>> =
    {
      other: [
        "GATEWAY_PROXY",
        `At ${where}, where the scheduler of cluster ${cluster} should be reached, is ${detail}: probably an HTTP ingress before the gateway. Ask the gateway's administrator for host and port of its scheduler proxy (Proxy.tcp_address, or the proxy's TCP entry point), and pass them as proxyAddress.`,
      ],
      closed: [
        "GATEWAY_PROXY_NO_ROUTE",
        `The scheduler proxy at ${where} closes connections to cluster ${cluster} (${detail}): it has no such cluster. See by get() whether it still runs; if it does, this is the proxy of another gateway: pass the right one as proxyAddress.`,
      ],
      unreachable: [
        "GATEWAY_PROXY_UNREACHABLE",
        `No connection to the scheduler proxy at ${where} for cluster ${cluster}: ${detail}. Check proxyAddress, and that a firewall lets this port through; HTTP proxies are not used for it.`,
      ],
    };
  const [code, message] = failures[kind === "reached" ? "other" : kind];
  return new DaskGatewayError(code, message, { cluster, retryable: kind !== "other" });
}
