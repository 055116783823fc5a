export type {
  AuthRequest,
  BasicAuth,
  CustomAuth,
  GatewayAuth,
  Headers,
  JupyterHubAuth,
  KerberosAuth,
  Secret,
} from "./auth/gateway-auth.ts";
export type { KerberosClient, KerberosModule } from "./auth/kerberos-module.ts";
export type { AdaptOptions, CallOptions, GetOptions, ListOptions } from "./client/call-options.ts";
export type { DaskGatewayClientOptions, RetryOptions } from "./client/client-options.ts";
export { type ClusterOptions, type ConnectOptions, DaskGatewayClient } from "./client/dask-gateway-client.ts";
export type { ClusterReport } from "./cluster/cluster-report.ts";
export type { ClusterStatus } from "./cluster/cluster-status.ts";
export { GatewayCluster } from "./cluster/gateway-cluster.ts";
export type { GatewayTls } from "./cluster/gateway-tls.ts";
export type { WaitOptions } from "./cluster/wait-for.ts";
export { type GatewayConfig, readGatewayConfig, type ReadConfigOptions } from "./config/read-gateway-config.ts";
export {
  DaskGatewayError,
  type DaskGatewayErrorCode,
  type DaskGatewayErrorDetails,
} from "./errors/dask-gateway-error.ts";
export type { ClusterOption, ClusterOptionSpec } from "./options/cluster-option.ts";
export type { PreflightOptions } from "./preflight/preflight.ts";
