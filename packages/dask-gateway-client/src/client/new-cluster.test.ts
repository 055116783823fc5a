import type { ServerResponse } from "node:http";
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { faultServer, type FaultServer, RUNNING, wireReport } from "../__fixtures__/fault-server.ts";

const created = { status: 201, body: { name: "c1" } };
const stopped = { status: 204, body: "" };
const report = (fields: Readonly<Record<string, unknown>> = {}) => ({ status: 200, body: wireReport(fields) });
const running = { status: 200, body: RUNNING };
const methods = ({ requests }: FaultServer) =>
  requests.map(({ method, url }) => `${method} ${url.replace("/api/v1/clusters/", "")}`.trim());

describe("newCluster", () => {
  it("waits through what passes, and stops the cluster when its handle is closed", async () => {
    const server = await faultServer(created, report(), { status: 504 }, { status: 504 }, running, stopped);

    const cluster = await server.client({ clusterOptions: { a: 1, b: 1 }, retry: false }).newCluster({ b: 2 });
    await cluster.close();
    await cluster.close();

    expect(methods(server)).toEqual(["POST", "GET c1?wait", "GET c1?wait", "GET c1?wait", "GET c1?wait", "DELETE c1"]);
    expect(server.requests[0]!.body).toBe('{"cluster_options":{"a":1,"b":2}}');
  });

  it.each(["FAILED", "STOPPING", "STOPPED"])("fails at once when the cluster is %s, and stops it", async (status) => {
    const server = await faultServer(created, report({ status }), stopped);

    await expect(server.client().newCluster()).rejects.toMatchObject({ code: "GATEWAY_CLUSTER_FAILED", cluster: "c1" });

    expect(methods(server).at(-1)).toBe("DELETE c1");
  });

  it("waits for a cluster that the gateway itself does not know yet", async () => {
    const server = await faultServer(
      created,
      { status: 404, body: { error: "Cluster c1 not found" } },
      running,
      stopped,
    );

    await using cluster = await server.client().newCluster();

    expect(cluster.schedulerAddress).toBe(`gateway://${server.address.slice("http://".length)}/c1`);
  });

  it("stops the cluster that did not run in time", async () => {
    const silent = (): void => {};
    const server = await faultServer(created, silent, stopped);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());

    const failure = server.client().newCluster({}, { timeoutMs: 100 });
    await server.seen(2);
    vi.advanceTimersByTime(100);

    await expect(failure).rejects.toMatchObject({ code: "GATEWAY_TIMEOUT", cluster: "c1" });
    expect(methods(server)).toEqual(["POST", "GET c1?wait", "DELETE c1"]);
  });

  it("stops a cluster whose name is told after the caller gave up", async () => {
    let late: ServerResponse | undefined;
    const server = await faultServer((response) => (late = response), stopped);
    const client = server.client();
    const controller = new AbortController();
    const reason = new Error("not needed");

    const call = client.newCluster({}, { signal: controller.signal });
    await server.seen(1);
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
    late!.writeHead(201, { "content-type": "application/json" });
    late!.end('{"name":"c1"}');
    await client.close();

    expect(methods(server)).toEqual(["POST", "DELETE c1"]);
  });

  it("leaves what could not be stopped to the end of the client, which tells when that fails too", async () => {
    const server = await faultServer(created, report({ status: "FAILED" }), { status: 500 }, { status: 500 }, stopped);
    const client = server.client({ retry: false });

    await expect(client.newCluster()).rejects.toMatchObject({ code: "GATEWAY_CLUSTER_FAILED" });
    await expect(client.close()).rejects.toThrow(/c1.*may run on/);

    expect(methods(server)).toEqual(["POST", "GET c1?wait", "DELETE c1", "DELETE c1"]);
  });
});

describe("a client", () => {
  it("stops on close the clusters whose handles are open, and leaves those that it only connected to", async () => {
    const server = await faultServer(created, running, running, running, stopped);
    const client = server.client();
    const own = await client.newCluster();
    const other = await client.connect("c2");
    await client.connect("c3", { stopOnClose: true });

    await other.close();
    await client.close();
    await own.close();

    expect(
      methods(server)
        .filter((line) => line.startsWith("DELETE"))
        .toSorted(),
    ).toEqual(["DELETE c1", "DELETE c3"]);
  });

  it("stops a cluster that is being created when it is closed", async () => {
    let late: ServerResponse | undefined;
    const server = await faultServer((response) => (late = response), stopped);
    const client = server.client();

    const call = client.newCluster();
    await server.seen(1);
    const closed = client.close();
    late!.writeHead(201, { "content-type": "application/json" });
    late!.end('{"name":"c1"}');

    await expect(call).rejects.toMatchObject({ code: "GATEWAY_CLOSED" });
    await closed;
    expect(methods(server)).toContain("DELETE c1");
  });

  it("can close a handle again when the gateway did not answer", async () => {
    const server = await faultServer(created, running, { status: 500 }, stopped);
    const cluster = await server.client({ retry: false }).newCluster();

    await expect(cluster.close()).rejects.toMatchObject({ code: "GATEWAY_SERVER_ERROR" });
    await cluster.close();

    expect(methods(server).slice(2)).toEqual(["DELETE c1", "DELETE c1"]);
  });

  it("shows keys nowhere but through their getters", async () => {
    const server = await faultServer(created, running, running, { status: 200, body: { c1: RUNNING } }, stopped);
    const client = server.client();
    const cluster = await client.newCluster();
    const values = [cluster, await client.get("c1"), await client.list(), Object.assign({}, cluster.tls), client];

    const shown = inspect(values, { depth: 9, showHidden: true }) + JSON.stringify(values);

    expect(shown).not.toContain("MIIB");
    expect(cluster.tls.key).toContain("MIIBSECRET");
    expect(cluster.tls.certificate).toContain("MIIBPUBLIC");
  });

  it("says by a warning of the process that the gateway did less than asked", async () => {
    const server = await faultServer({ status: 200, body: { ok: false, msg: "Scaling to 4 instead." } });
    const emitWarning = vi.spyOn(process, "emitWarning").mockReturnValue();

    await expect(server.client().scale("c1", 9)).resolves.toBe("Scaling to 4 instead.");

    expect(emitWarning).toHaveBeenCalledExactlyOnceWith("Scaling to 4 instead.", "DaskGatewayWarning");
  });

  it.each([
    ["a name that leads elsewhere", "..", 1],
    ["an empty name", "", 1],
    ["a count below zero", "c1", -1],
    ["a count that is not whole", "c1", 1.5],
  ])("refuses %s before it sends anything", async (_, name, count) => {
    const server = await faultServer(stopped);

    await expect(server.client().scale(name, count)).rejects.toThrow(/is no name|whole number/);
    await expect(server.client().adapt("c1", { minimum: 3, maximum: 2 })).rejects.toThrow(RangeError);

    expect(server.requests).toEqual([]);
  });
});

describe("waitForStopped", () => {
  it("looks until the cluster has ended, through what passes", async () => {
    const server = await faultServer(
      report({ status: "STOPPING" }),
      { status: 503 },
      report({ status: "STOPPED", stop_time: 5 }),
    );

    const last = await server.client({ retry: false }).waitForStopped("c1");

    expect(last).toMatchObject({ status: "STOPPED", stopTimeMs: 5 });
  });

  it("is content with a cluster that nobody knows any more", async () => {
    const server = await faultServer({ status: 404, body: { error: "Cluster c1 not found" } });

    await expect(server.client().waitForStopped("c1")).resolves.toBeUndefined();
  });

  it("ends in time, with what failed last", async () => {
    const server = await faultServer({ status: 503 });

    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());

    const wait = server.client({ retry: false }).waitForStopped("c1", { timeoutMs: 50 });
    await server.seen(2);
    vi.advanceTimersByTime(50);

    await expect(wait).rejects.toMatchObject({ code: "GATEWAY_TIMEOUT", cause: { status: 503 } });
  });
});
