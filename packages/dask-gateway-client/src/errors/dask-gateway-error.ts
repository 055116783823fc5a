const marker = Symbol.for("@rhapsody/dask-gateway-client:error");

/**
 * Codes of {@link DaskGatewayError}.
 *
 * - `GATEWAY_INVALID_CONFIG`: options of the client or of a call, or Dask's configuration, do not hold. Nothing was sent.
 * - `GATEWAY_UNREACHABLE`: no connection to the gateway, or it broke.
 * - `GATEWAY_TIMEOUT`: the deadline of the call, or of the wait, has passed.
 * - `GATEWAY_WRONG_ADDRESS`: something answered that is no Dask Gateway, or not under this path.
 * - `GATEWAY_AUTH_FAILED`: the gateway refused the credentials (401); `schemes` has what it accepts.
 * - `GATEWAY_KERBEROS_UNAVAILABLE`: the package `kerberos` is not installed, or there is no ticket.
 * - `GATEWAY_FORBIDDEN`: the user is known, and may not do this (403), as with a cluster of somebody else.
 * - `GATEWAY_INVALID_OPTIONS`: the gateway refused options of a new cluster (422); `problems` lists all of them.
 * - `GATEWAY_INVALID_REQUEST`: the gateway refused other input (422).
 * - `GATEWAY_CLUSTER_NOT_FOUND`: the gateway knows no such cluster (404).
 * - `GATEWAY_CLUSTER_NOT_RUNNING`: the cluster is not running, or its scheduler is dead (409).
 * - `GATEWAY_CLUSTER_FAILED`: the cluster ended before it ran.
 * - `GATEWAY_SERVER_ERROR`: the gateway, or a proxy before it, failed (any other status from 400 on).
 * - `GATEWAY_UNEXPECTED_REPLY`: the gateway's reply is not what its protocol says.
 * - `GATEWAY_PROXY`: at the address of the scheduler proxy something else answers, as an HTTP ingress.
 * - `GATEWAY_PROXY_NO_ROUTE`: the scheduler proxy has no way to this cluster.
 * - `GATEWAY_PROXY_UNREACHABLE`: nothing answers at the address of the scheduler proxy.
 * - `GATEWAY_CLOSED`: the client was closed before the call.
 */
export type DaskGatewayErrorCode =
  | "GATEWAY_INVALID_CONFIG"
  | "GATEWAY_UNREACHABLE"
  | "GATEWAY_TIMEOUT"
  | "GATEWAY_WRONG_ADDRESS"
  | "GATEWAY_AUTH_FAILED"
  | "GATEWAY_KERBEROS_UNAVAILABLE"
  | "GATEWAY_FORBIDDEN"
  | "GATEWAY_INVALID_OPTIONS"
  | "GATEWAY_INVALID_REQUEST"
  | "GATEWAY_CLUSTER_NOT_FOUND"
  | "GATEWAY_CLUSTER_NOT_RUNNING"
  | "GATEWAY_CLUSTER_FAILED"
  | "GATEWAY_SERVER_ERROR"
  | "GATEWAY_UNEXPECTED_REPLY"
  | "GATEWAY_PROXY"
  | "GATEWAY_PROXY_NO_ROUTE"
  | "GATEWAY_PROXY_UNREACHABLE"
  | "GATEWAY_CLOSED";

/** What is known of a failure besides its code and message. */
export interface DaskGatewayErrorDetails extends ErrorOptions {
  /** Status of the HTTP reply, when there was one. */
  readonly status?: number | undefined;
  /** The beginning of the reply's body, without secrets; absent when there was none. */
  readonly body?: string | undefined;
  /** Name of the cluster that the call was about. */
  readonly cluster?: string | undefined;
  /** Authentication schemes that the gateway offered, as `Basic`, `jupyterhub` or `Negotiate`. */
  readonly schemes?: readonly string[] | undefined;
  /** One line for each option that does not hold. */
  readonly problems?: readonly string[] | undefined;
  /** True when the same call may succeed later with no change by the caller. `false` by default. */
  readonly retryable?: boolean | undefined;
}

/** Every failure of this package, told apart by `code`. Neither message nor fields ever contain credentials or keys. */
export class DaskGatewayError extends Error {
  static {
    this.prototype.name = "DaskGatewayError";
    // On the prototype: found across two installed copies of this package, yet absent from logs and JSON.
    Object.defineProperty(this.prototype, marker, { value: true });
  }

  /** Stable identifier; match on this and never on `message`. */
  readonly code: DaskGatewayErrorCode;
  /** True when the same call may succeed later with no change by the caller. */
  readonly retryable: boolean;
  /** Status of the HTTP reply, when there was one. */
  declare readonly status?: number;
  /** The beginning of the reply's body, without secrets; absent when there was none. */
  declare readonly body?: string;
  /** Name of the cluster that the call was about. */
  declare readonly cluster?: string;
  /** Authentication schemes that the gateway offered; only of `GATEWAY_AUTH_FAILED`. */
  declare readonly schemes?: readonly string[];
  /** One line for each option that does not hold; only of `GATEWAY_INVALID_OPTIONS`. */
  declare readonly problems?: readonly string[];

  constructor(code: DaskGatewayErrorCode, message: string, details: DaskGatewayErrorDetails = {}) {
    const { cause, retryable = false, ...fields } = details;
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.retryable = retryable;
    for (const [field, value] of Object.entries(fields)) {
      if (value !== undefined) Object.defineProperty(this, field, { value, enumerable: true });
    }
  }

  /** Like `instanceof`, and also true of errors from another installed copy of this package. */
  static isInstance(value: unknown): value is DaskGatewayError {
    return typeof value === "object" && value !== null && marker in value;
  }
}
