import { z } from "zod";
import { CLUSTER_STATUSES, type ClusterStatus } from "./cluster-status.ts";
import { GatewayTls } from "./gateway-tls.ts";

/** What the gateway knows of a cluster. It tells neither the number of workers nor why a cluster failed. */
export interface ClusterReport {
  /** Unique, and never used again. */
  readonly name: string;
  readonly status: ClusterStatus;
  /** The options it was created with, defaults included. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Wall clock of the gateway's host, milliseconds since 1970. */
  readonly startTimeMs: number;
  /** Like `startTimeMs`; absent until the cluster has ended. */
  readonly stopTimeMs?: number;
  /** `gateway://<host>:<port>/<name>`, as `distributed.Client` takes it; only of a cluster that runs. */
  readonly schedulerAddress?: string;
  /** Only of a cluster that runs. Whoever has the link sees the dashboard: it asks for no password. */
  readonly dashboardLink?: string;
  /** What connections to its scheduler need; only of a cluster that runs. */
  readonly tls?: GatewayTls;
}

/** The addresses from which a report's links are made. */
export interface ReportAddresses {
  /** `host:port` of the scheduler proxy. */
  readonly proxy: string;
  /** Without a slash at its end. */
  readonly public: string;
}

/** A report as the gateway sends it: `models.py` of dask-gateway-server 2026.3.0; fields that are not used are left out. */
export interface WireReport {
  readonly name: string;
  readonly status: ClusterStatus;
  readonly options?: Readonly<Record<string, unknown>> | null | undefined;
  /** Milliseconds since 1970, as the next. */
  readonly start_time: number;
  readonly stop_time?: number | null | undefined;
  /** Below the public address. */
  readonly dashboard_route?: string | null | undefined;
  readonly tls_cert?: string | null | undefined;
  readonly tls_key?: string | null | undefined;
}

/** Checks a {@link WireReport}. */
export const wireReportSchema: z.ZodType<WireReport> = z.object({
  name: z.string(),
  status: z.enum(CLUSTER_STATUSES),
  options: z.record(z.string(), z.unknown()).nullish(),
  start_time: z.number(),
  stop_time: z.number().nullish(),
  dashboard_route: z.string().nullish(),
  tls_cert: z.string().nullish(),
  tls_key: z.string().nullish(),
});

/** The report that callers get. */
export function toReport(wire: WireReport, addresses: ReportAddresses): ClusterReport {
  const running = wire.status === "RUNNING";
  return {
    name: wire.name,
    status: wire.status,
    options: wire.options ?? {},
    startTimeMs: wire.start_time,
    ...(wire.stop_time == null ? {} : { stopTimeMs: wire.stop_time }),
    ...(running ? { schedulerAddress: `gateway://${addresses.proxy}/${wire.name}` } : {}),
    ...(wire.dashboard_route ? { dashboardLink: addresses.public + wire.dashboard_route } : {}),
    ...(wire.tls_cert && wire.tls_key ? { tls: new GatewayTls(wire.tls_cert, wire.tls_key) } : {}),
  };
}
