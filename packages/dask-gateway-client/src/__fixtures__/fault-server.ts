import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { DaskGatewayClient, type DaskGatewayClientOptions } from "../index.ts";

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** One reply; a function does what it likes with the response. */
export type FaultReply =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | ((response: ServerResponse) => void);

/** A gateway with faults. */
export interface FaultServer {
  readonly address: string;
  readonly requests: readonly SeenRequest[];
  /** Resolves once so many requests have come. */
  seen(count: number): Promise<void>;
  /** A client that does not wait long between tries; it ends with the test. */
  client(options?: Partial<DaskGatewayClientOptions>): DaskGatewayClient;
}

/** A gateway that answers in turn as it is told, the last reply for ever; it ends with its test. */
export async function faultServer(...replies: FaultReply[]): Promise<FaultServer> {
  const requests: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { method = "", url = "", headers } = request;
    const reply = replies[Math.min(requests.length, replies.length - 1)]!;
    requests.push({ method, url, headers, body });
    server.emit("seen");
    if (typeof reply === "function") return reply(response);
    const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body ?? {});
    response.writeHead(reply.status, { "content-type": "application/json; charset=utf-8", ...reply.headers });
    response.end(text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    requests,
    async seen(count) {
      while (requests.length < count) await once(server, "seen");
    },
    client(options = {}) {
      const client = new DaskGatewayClient({ address, retry: { minDelayMs: 1, maxDelayMs: 5 }, ...options });
      onTestFinished(() => client.close().catch(() => {}));
      return client;
    },
  };
}

/** A report as the server sends it; shape of dask-gateway-server 2026.3.0. */
export function wireReport(fields: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    name: "c1",
    dashboard_route: null,
    status: "PENDING",
    start_time: 1_795_424_187_429,
    stop_time: null,
    options: { worker_cores: 1 },
    tls_cert: null,
    tls_key: null,
    ...fields,
  };
}

/** What a reply with keys looks like: these are none. */
export const PEM: Readonly<Record<"tls_cert" | "tls_key", string>> = {
  tls_cert: "-----BEGIN CERTIFICATE-----\nMIIBPUBLIC\n-----END CERTIFICATE-----\n",
  tls_key: "-----BEGIN PRIVATE KEY-----\nMIIBSECRET\n-----END PRIVATE KEY-----\n",
};

/** The report of a cluster that runs. */
export const RUNNING: Readonly<Record<string, unknown>> = wireReport({ status: "RUNNING", dashboard_route: "/clusters/c1/status", ...PEM });
