import type { Scheme } from "../auth/scheme.ts";
import { DaskGatewayError, type DaskGatewayErrorCode } from "../errors/dask-gateway-error.ts";
import { excerpt } from "../errors/redact.ts";
import { type Call, jsonOf, type Reply } from "./call.ts";
import { isPassing } from "./retry-policy.ts";

/** What an error about a reply needs to know. */
export interface ReplyContext {
  readonly call: Call;
  readonly address: string;
  readonly scheme: Scheme;
}

/** The error of a reply whose status is not of success. */
export function toStatusError(reply: Reply, context: ReplyContext): DaskGatewayError {
  const { call, address } = context;
  const body = excerpt(reply.text, reply.secrets);
  const reason = reasonOf(reply);
  const { code, fix } = explain(reply, reason !== undefined, context);
  const said = reason === undefined ? body : excerpt(reason, reply.secrets);
  const message = `Could not ${call.what} at the Dask gateway ${address}: status ${reply.status}${said === "" ? "" : `, "${said}"`}. ${fix}`;
  return new DaskGatewayError(code, message.trimEnd(), {
    status: reply.status,
    body: body === "" ? undefined : body,
    cluster: call.cluster,
    schemes: code === "GATEWAY_AUTH_FAILED" ? schemesOf(reply) : undefined,
    retryable: isPassing(reply.status, true) || code === "GATEWAY_SERVER_ERROR",
  });
}

/** The error of a reply of success that is not what the protocol says. */
export function toUnexpectedReply(reply: Reply, context: ReplyContext, cause?: unknown): DaskGatewayError {
  const { call, address } = context;
  const body = excerpt(reply.text, reply.secrets);
  const json = reply.contentType === "application/json";
  const message = json
    ? `The Dask gateway ${address} answered "${call.what}" in a way that this client does not know. It knows dask-gateway-server 2026.3.0: compare with version().`
    : `At ${address} something answered that is no Dask gateway (status ${reply.status}, ${reply.contentType || "no content type"}). Check the address and its path; on JupyterHub it ends in /services/dask-gateway.`;
  return new DaskGatewayError(json ? "GATEWAY_UNEXPECTED_REPLY" : "GATEWAY_WRONG_ADDRESS", message, {
    cause,
    status: reply.status,
    body,
    cluster: call.cluster,
  });
}

/** Why, in the gateway's words; `undefined` when the reply is not in its form, so perhaps not from it. */
function reasonOf(reply: Reply): string | undefined {
  const value = jsonOf(reply);
  if (typeof value !== "object" || value === null || !("error" in value)) return undefined;
  return typeof value.error === "string" ? value.error : undefined;
}

interface Explanation {
  readonly code: DaskGatewayErrorCode;
  readonly fix: string;
}

function explain(reply: Reply, fromGateway: boolean, { call, scheme }: ReplyContext): Explanation {
  const { status } = reply;
  const cluster = call.cluster ?? "";
  if (status < 400) {
    const target = reply.location === undefined ? "elsewhere" : `to ${withoutQuery(reply.location)}`;
    return {
      code: "GATEWAY_WRONG_ADDRESS",
      fix: `It redirects ${target}: use the address that the gateway's own API has.`,
    };
  }
  switch (status) {
    case 401: {
      const offered = schemesOf(reply).join(", ") || "none";
      return {
        code: "GATEWAY_AUTH_FAILED",
        fix: `It accepts: ${offered}; sent were credentials of kind "${scheme.kind}". Check user, password or token, and auth.kind.`,
      };
    }
    case 403:
      return { code: "GATEWAY_FORBIDDEN", fix: "Use the credentials of the user whose cluster it is." };
    case 404:
      if (call.cluster === undefined || !fromGateway) break;
      return {
        code: "GATEWAY_CLUSTER_NOT_FOUND",
        fix: `Check the name "${cluster}", or create a new cluster: names are used once, and forgotten some time after the end.`,
      };
    case 405:
      break;
    case 407:
      return {
        code: "GATEWAY_UNREACHABLE",
        fix: "The HTTP proxy asks who you are: write user and password into its URL.",
      };
    case 409:
      return {
        code: "GATEWAY_CLUSTER_NOT_RUNNING",
        fix: `Wait with waitForRunning("${cluster}"); if its scheduler has died, create a new cluster.`,
      };
    case 422:
      return {
        code: call.what === CREATE ? "GATEWAY_INVALID_OPTIONS" : "GATEWAY_INVALID_REQUEST",
        fix: call.what === CREATE ? "options() tells what it accepts." : "Correct the call.",
      };
    default:
      return { code: "GATEWAY_SERVER_ERROR", fix: serverFix(reply, scheme) };
  }
  return WRONG_PATH;
}

/** {@link Call.what} of the call whose input is a cluster's options. */
export const CREATE = "create a cluster";

const WRONG_PATH: Explanation = {
  code: "GATEWAY_WRONG_ADDRESS",
  fix: "There is no such path: check the address, with its path; on JupyterHub it ends in /services/dask-gateway.",
};

function serverFix(reply: Reply, { serverErrorHint = "" }: Scheme): string {
  if (isPassing(reply.status, true) && jsonOf(reply) === undefined)
    return "A proxy answers, the gateway's server behind it does not.";
  return `The reason is in the log of the gateway's server. ${serverErrorHint}`;
}

function schemesOf({ wwwAuthenticate = "" }: Reply): readonly string[] {
  // A challenge begins with a word that no "=" follows; what follows belongs to it.
  return [...wwwAuthenticate.matchAll(/(?:^|,)\s*([A-Za-z][\w-]*)(?=\s|,|$)/g)].map(([, scheme = ""]) => scheme);
}

// A login page's address may carry a state that is a secret.
function withoutQuery(location: string): string {
  return location.replace(/[?#].*$/s, "");
}
