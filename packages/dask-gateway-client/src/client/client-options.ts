import type { Dispatcher } from "undici";
import type { GatewayAuth, Headers } from "../auth/gateway-auth.ts";

/** How calls that fail on their way are tried again. */
export interface RetryOptions {
  /** Tries in all, the first included; `1` tries nothing again. @defaultValue `5` */
  readonly attempts?: number | undefined;
  /** The longest pause after the first try, in milliseconds; it doubles with each further one. @defaultValue `200` */
  readonly minDelayMs?: number | undefined;
  /** The longest pause of all, in milliseconds. @defaultValue `5000` */
  readonly maxDelayMs?: number | undefined;
}

/** Options of a `DaskGatewayClient`. */
export interface DaskGatewayClientOptions {
  /** Where the gateway's HTTP API is, with its path, e.g. `https://hub.example.org/services/dask-gateway`. */
  readonly address: string;
  /**
   * Where the gateway's scheduler proxy is: `host:port`, or a port of the address's host. Needed where HTTP traffic comes through something else, as an
   * ingress or JupyterHub. @defaultValue host and port of `address`
   */
  readonly proxyAddress?: string | number | undefined;
  /** The address as a browser reaches it, for links to dashboards. @defaultValue `address` */
  readonly publicAddress?: string | undefined;
  /** Who calls. @defaultValue `{ kind: "basic" }`: the user of this process, without a password */
  readonly auth?: GatewayAuth | undefined;
  /** Certificate authorities to trust besides those that Node.js trusts, PEM. Not with `dispatcher`. */
  readonly ca?: string | readonly string[] | undefined;
  /** `true`: the HTTP proxy of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`; `false`: none; or its URL. Not with `dispatcher`. @defaultValue `true` */
  readonly httpProxy?: boolean | string | undefined;
  /** The dispatcher of undici to send with; whoever passes one closes it. @defaultValue one of the client's own */
  readonly dispatcher?: Dispatcher | undefined;
  /** Headers of every request, e.g. for a proxy on the way. */
  readonly headers?: Headers | undefined;
  /** Options of every cluster that this client creates, unless the call has others. */
  readonly clusterOptions?: Readonly<Record<string, unknown>> | undefined;
  /** Time for one call, its further tries included, in milliseconds. Those that the gateway itself holds get 20 s more. @defaultValue `30000` */
  readonly requestTimeoutMs?: number | undefined;
  /** Further tries; `false`: none. */
  readonly retry?: RetryOptions | false | undefined;
  /** Called when the gateway did less than it was asked, as scaled to its limit. @defaultValue `process.emitWarning` */
  readonly onWarning?: ((message: string) => void) | undefined;
}
