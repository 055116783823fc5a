import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { faultServer, wireReport } from "../__fixtures__/fault-server.ts";
import { DaskGatewayClient } from "../index.ts";

const breakOff = (response: ServerResponse): void => void response.socket?.destroy();
const silent = (): void => {};
const badGateway = { status: 502, body: "", headers: { "content-type": "" } };
const pending = { status: 200, body: wireReport() };

describe("further tries", () => {
  it.each([
    ["a 502 without a body", badGateway],
    ["503", { status: 503 }],
    ["504", { status: 504 }],
    ["a connection that breaks", breakOff],
    ["429 with a pause", { status: 429, headers: { "retry-after": "0" } }],
    ["a proxy without routes yet", { status: 404, body: "Not Found", headers: { "content-type": "text/plain" } }],
  ])("follow %s", async (_, fault) => {
    const server = await faultServer(fault, fault, pending);

    await expect(server.client().get("c1")).resolves.toMatchObject({ name: "c1" });

    expect(server.requests).toHaveLength(3);
  });

  it("are made for scale, adapt and stop, which do no more the second time", async () => {
    const server = await faultServer(badGateway, { status: 200, body: { ok: true, msg: null } }, breakOff, {
      status: 200,
      body: { ok: true },
    });

    const client = server.client();
    await client.scale("c1", 2);
    await client.adapt("c1", { maximum: 3 });

    expect(server.requests.map(({ url, body }) => [url.split("/").at(-1), body])).toEqual([
      ["scale", '{"count":2}'],
      ["scale", '{"count":2}'],
      ["adapt", '{"minimum":null,"maximum":3,"active":true}'],
      ["adapt", '{"minimum":null,"maximum":3,"active":true}'],
    ]);
  });

  it.each([
    ["a connection that breaks", breakOff, "GATEWAY_UNREACHABLE"],
    ["502", badGateway, "GATEWAY_SERVER_ERROR"],
  ])("do not follow %s when a cluster is created: there would be two", async (_, fault, code) => {
    const server = await faultServer(fault);

    await expect(server.client().create()).rejects.toMatchObject({ code, retryable: true });

    expect(server.requests).toHaveLength(1);
  });

  it("end after as many as the options say", async () => {
    const server = await faultServer(badGateway);

    const client = server.client({ retry: { attempts: 3, minDelayMs: 1 } });
    await expect(client.version()).rejects.toMatchObject({ code: "GATEWAY_SERVER_ERROR", status: 502 });

    expect(server.requests).toHaveLength(3);
  });

  it("end with the deadline of the call", async () => {
    const server = await faultServer({ status: 503, headers: { "retry-after": "3600" } });

    const call = server.client().version({ timeoutMs: 50 });

    await expect(call).rejects.toMatchObject({ code: "GATEWAY_TIMEOUT", retryable: true });
  });
});

describe("a call", () => {
  it("ends with its deadline when the gateway does not answer", async () => {
    const server = await faultServer(silent);

    const call = server.client({ requestTimeoutMs: 50 }).list();

    await expect(call).rejects.toMatchObject({ code: "GATEWAY_TIMEOUT" });
  });

  it("ends with its signal, for the signal's reason", async () => {
    const server = await faultServer(silent);
    const controller = new AbortController();
    const reason = new Error("enough");

    const call = server.client().list({ signal: controller.signal });
    await server.seen(1);
    controller.abort(reason);

    await expect(call).rejects.toBe(reason);
    await expect(server.client().list({ signal: controller.signal })).rejects.toBe(reason);
    expect(server.requests).toHaveLength(1);
  });

  it("gets 20 s more when the gateway holds its reply", async () => {
    const server = await faultServer((response) => {
      setTimeout(() => {
        response.writeHead(200, { "content-type": "application/json" });
        response.end(JSON.stringify(wireReport({ status: "RUNNING" })));
      }, 100);
    });

    const report = await server.client({ requestTimeoutMs: 50 }).get("c1", { wait: true });

    expect(report.status).toBe("RUNNING");
    expect(server.requests[0]!.url).toBe("/api/v1/clusters/c1?wait");
  });

  it("tells that nothing listens, that a name is unknown, and that TLS is missing", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    const plain = await faultServer(pending);
    const version = async (address: string): Promise<unknown> => {
      await using client = new DaskGatewayClient({ address, retry: false });
      return await client.version().catch((error: unknown) => error);
    };

    const [refused, unknown, noTls] = await Promise.all([
      version(`http://127.0.0.1:${port}`),
      version("http://no-such-host.invalid"),
      version(plain.address.replace("http:", "https:")),
    ]);

    expect(refused).toMatchObject({ code: "GATEWAY_UNREACHABLE", retryable: true });
    expect(String(refused)).toContain("Nothing listens there");
    expect(unknown).toMatchObject({ code: "GATEWAY_UNREACHABLE" });
    expect(noTls).toMatchObject({ code: "GATEWAY_UNREACHABLE", retryable: false });
    expect(String(noTls)).toContain("http: instead of https:");
  });

  it("goes through the HTTP proxy that is asked for", async () => {
    const proxy = await faultServer({ status: 200, body: { version: "2026.3.0" } });

    const client = proxy.client({ address: "http://gateway.invalid/services/dask-gateway/", httpProxy: proxy.address });

    await expect(client.version()).resolves.toBe("2026.3.0");
    expect(proxy.requests[0]!.headers.host).toBe("gateway.invalid");
  });

  it("is refused once the client is closed", async () => {
    const server = await faultServer(pending);
    const client = server.client();

    await client.close();
    await client.close();

    await expect(client.list()).rejects.toMatchObject({ code: "GATEWAY_CLOSED" });
  });
});
