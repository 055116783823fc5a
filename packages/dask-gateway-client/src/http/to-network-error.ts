import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import type { Call } from "./call.ts";

/** The code of whatever a connection failed with, e.g. `ECONNREFUSED`. */
export function errorCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  // One error for each of a host's addresses.
  if (error instanceof AggregateError) return error.errors.map(errorCodeOf).find((code) => code !== undefined);
  return errorCodeOf(error.cause);
}

/** The error of a connection that could not be made, or broke. */
export function toNetworkError(cause: unknown, call: Call, address: string): DaskGatewayError {
  const code = errorCodeOf(cause);
  const how = code ?? (cause instanceof Error ? cause.message : String(cause));
  const message = `Could not ${call.what} at the Dask gateway ${address}: ${how}. ${fixFor(code)}`;
  const unsure =
    call.repeatable || call.method !== "POST" ? "" : " The gateway may have done it all the same: look with list().";
  const retryable = code === undefined || !/CERT|SIGNATURE|SSL|ENOTFOUND/.test(code);
  return new DaskGatewayError("GATEWAY_UNREACHABLE", message + (code === "ECONNREFUSED" ? "" : unsure), {
    cause,
    cluster: call.cluster,
    retryable,
  });
}

function fixFor(code: string | undefined): string {
  switch (code) {
    case "ECONNREFUSED":
      return "Nothing listens there: check the address and its port, and that the gateway's server runs.";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "The host's name is not known here: check its spelling, the network and the VPN.";
    case undefined:
      break;
    default:
      if (/CERT|SIGNATURE/.test(code)) {
        return "Its certificate is not trusted here: pass the authority that signed it as ca, in PEM, or set NODE_EXTRA_CA_CERTS.";
      }
      if (/SSL/.test(code)) return "It does not speak TLS: try the address with http: instead of https:.";
  }
  return "Check that the gateway's server runs and that nothing on the way cuts connections; an HTTP proxy is set by httpProxy, HTTP_PROXY and NO_PROXY.";
}
