import type { IncomingMessage, ServerResponse } from "node:http";

/** How long a browser may remember what it was allowed, in seconds. */
const REMEMBERED_S = "600";

/** Says who may read the answer (CORS, in the Fetch standard). True when that was the whole question: a preflight, then answered. */
export function allowOrigin(request: IncomingMessage, response: ServerResponse, origins: readonly string[]): boolean {
  if (origins.length === 0) return false;
  response.setHeader("vary", "origin");
  const {
    origin,
    "access-control-request-method": method,
    "access-control-request-headers": headers,
  } = request.headers;
  if (origin === undefined || !origins.includes(origin)) return false;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-expose-headers", "x-request-id, retry-after");
  if (request.method !== "OPTIONS" || method === undefined) return false;
  response.writeHead(204, {
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": headers ?? "authorization, content-type",
    "access-control-max-age": REMEMBERED_S,
  });
  response.end();
  return true;
}
