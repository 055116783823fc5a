import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Gateway, startGateway } from "@rhapsody-internal/engines";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { DaskGatewayClient, type DaskGatewayClientOptions } from "./index.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway({ prefix: "/services/dask-gateway" });
});
afterAll(async () => {
  await gateway?.stop();
});

/** A client that ends, with its clusters, with the test. */
function clientOf(username: string, options: Partial<DaskGatewayClientOptions> = {}): DaskGatewayClient {
  const auth = { kind: "basic", username, password: gateway.password } as const;
  const client = new DaskGatewayClient({ address: gateway.address, auth, ...options });
  onTestFinished(() => client.close());
  return client;
}

describe("a real gateway", () => {
  it("tells version, health and options, and has no clusters at first", async () => {
    const client = clientOf("reader");

    await expect(client.version()).resolves.toMatch(/^\d{4}\.\d+\.\d+/);
    await expect(client.health()).resolves.toBeUndefined();
    const options = await client.options();
    expect(options).toContainEqual({
      field: "worker_cores",
      label: "Worker Cores",
      default: 1,
      spec: { type: "int", minimum: 1, maximum: 4 },
    });
    expect(options.every(({ spec }) => spec !== undefined)).toBe(true);
    await expect(client.list()).resolves.toEqual([]);
  });

  it("runs a cluster from its creation to its end", async () => {
    const warnings: string[] = [];
    const client = clientOf("alice", { onWarning: (message) => warnings.push(message) });

    const name = await client.create({ worker_memory: 0.5, label: "first" });
    const pending = await client.get(name);
    const running = await client.waitForRunning(name);
    const listed = await client.list({ status: ["PENDING", "RUNNING"] });
    const scaled = await client.scale(name, 0);
    const limited = await client.scale(name, 99);
    await client.adapt(name, { minimum: 0, maximum: 0 });
    await client.stop(name);
    await client.stop(name);
    const stopped = await client.waitForStopped(name);

    expect(pending.name).toBe(name);
    expect(running).toMatchObject({
      status: "RUNNING",
      options: { worker_memory: 0.5, label: "first", worker_cores: 1 },
    });
    expect(running.schedulerAddress).toBe(`gateway://${new URL(gateway.address).host}/${name}`);
    expect(running.dashboardLink).toContain(`/services/dask-gateway/clusters/${name}/status`);
    expect(running.tls?.key).toMatch(/^-----BEGIN/);
    expect(listed.map((report) => report.name)).toEqual([name]);
    expect(scaled).toBeUndefined();
    expect(limited).toContain("Scaling to 4 instead");
    expect(warnings).toEqual([limited]);
    expect(stopped).toMatchObject({ status: "STOPPED" });
    expect(stopped).not.toHaveProperty("tls");
    await expect(client.list({ status: "STOPPED" })).resolves.toHaveLength(1);
    await expect(client.scale(name, 1)).rejects.toMatchObject({ code: "GATEWAY_CLUSTER_NOT_RUNNING" });
    await expect(client.waitForRunning(name)).rejects.toMatchObject({ code: "GATEWAY_CLUSTER_FAILED" });
  });

  it("keeps users apart", async () => {
    const [carol, dave] = [clientOf("carol"), clientOf("dave")];
    const name = await carol.create({ profile: "stuck" });
    onTestFinished(() => carol.stop(name));

    await carol.list();
    await dave.list();

    await expect(dave.get(name)).rejects.toMatchObject({ code: "GATEWAY_FORBIDDEN" });
    await expect(dave.list()).resolves.toEqual([]);
    await expect(carol.list()).resolves.toMatchObject([{ name, status: "PENDING" }]);
  });

  it("says that a cluster failed, with what to look at", async () => {
    const failed = clientOf("erin").newCluster({ profile: "broken" });

    await expect(failed).rejects.toMatchObject({ code: "GATEWAY_CLUSTER_FAILED" });
    await expect(failed).rejects.toThrow("scheduler_cmd");
  });

  it("lists every option that does not hold", async () => {
    const refused = clientOf("erin").create({ worker_cores: 99, profile: "none", gpus: 1 });

    await expect(refused).rejects.toMatchObject({
      code: "GATEWAY_INVALID_OPTIONS",
      status: 422,
      problems: [
        "worker_cores: has to be a whole number, at least 1, at most 4, is 99",
        expect.stringContaining('profile: has to be one of "normal"'),
        expect.stringContaining("gpus: no such option"),
      ],
    });
  });

  it("refuses a wrong password, a wrong path and an unknown cluster", async () => {
    const wrong = clientOf("alice", { auth: { kind: "basic", username: "alice", password: "wrong" } });
    const elsewhere = clientOf("alice", { address: new URL(gateway.address).origin, retry: false });

    await expect(wrong.list()).rejects.toMatchObject({ code: "GATEWAY_AUTH_FAILED", schemes: ["Basic"] });
    await expect(elsewhere.list()).rejects.toMatchObject({ code: "GATEWAY_WRONG_ADDRESS" });
    await expect(clientOf("alice").get("unknown")).rejects.toMatchObject({ code: "GATEWAY_CLUSTER_NOT_FOUND" });
  });

  it("stops a cluster while it is pending, and whoever waits for it hears so", async () => {
    const client = clientOf("frank");
    const name = await client.create({ profile: "stuck" });

    const [waited] = await Promise.allSettled([client.waitForRunning(name), client.stop(name)]);

    expect(waited).toMatchObject({ status: "rejected", reason: { code: "GATEWAY_CLUSTER_FAILED" } });
    await expect(client.waitForStopped(name)).resolves.toMatchObject({ status: "STOPPED" });
  });

  it("stops a new cluster whose caller stopped waiting", async () => {
    const client = clientOf("grace");
    const controller = new AbortController();

    const call = client.newCluster({ profile: "stuck" }, { signal: controller.signal });
    controller.abort(new Error("not needed"));
    await expect(call).rejects.toThrow("not needed");
    await expect(client.newCluster({ profile: "stuck" }, { timeoutMs: 200 })).rejects.toMatchObject({
      code: "GATEWAY_TIMEOUT",
    });
    await client.close();

    await expect(clientOf("grace").list()).resolves.toEqual([]);
  });
});

describe("preflight", () => {
  it("tells a scheduler from an ingress, another cluster, and nothing at all", async () => {
    const client = clientOf("heidi");
    const [one, other] = await Promise.all([client.newCluster(), client.newCluster()]);
    const silent = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void silent.close());
    await once(silent, "listening");
    const at = (address: string) => ({
      name: one.name,
      tls: one.tls,
      schedulerAddress: `gateway://${address}/${one.name}`,
    });
    const { port } = silent.address() as { port: number };
    const host = new URL(gateway.address).host;
    const gone = { name: "0".repeat(32), tls: one.tls, schedulerAddress: `gateway://${host}/x` };
    const mixed = { name: other.name, tls: one.tls, schedulerAddress: other.schedulerAddress };
    const short = { timeoutMs: 3_000 };
    const sockets: { destroy(): void }[] = [];
    silent.on("connection", (socket) => void sockets.push(socket));
    onTestFinished(() => sockets.forEach((socket) => socket.destroy()));

    await expect(one.preflight()).resolves.toBeUndefined();
    await expect(client.preflight(gone, short)).rejects.toMatchObject({ code: "GATEWAY_PROXY_NO_ROUTE" });
    await expect(client.preflight(mixed)).rejects.toMatchObject({ code: "GATEWAY_PROXY" });
    await expect(client.preflight(at(`127.0.0.1:${port}`), short)).rejects.toMatchObject({ code: "GATEWAY_PROXY" });
    await expect(client.preflight(at("127.0.0.1:1"))).rejects.toMatchObject({
      code: "GATEWAY_PROXY_UNREACHABLE",
    });
    await expect(client.preflight({ name: one.name })).rejects.toMatchObject({ code: "GATEWAY_CLUSTER_NOT_RUNNING" });
    await expect(client.preflight(at(host), { signal: AbortSignal.abort(new Error("no")) })).rejects.toThrow("no");
  });

  it("names proxyAddress when plain HTTP answers", async () => {
    const client = clientOf("ivan");
    const cluster = await client.newCluster();
    const http = createServer((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1");
    onTestFinished(() => void http.close());
    await once(http, "listening");
    const { port } = http.address() as { port: number };
    const { name, tls } = cluster;

    const failed = client.preflight({ name, tls, schedulerAddress: `gateway://127.0.0.1:${port}/${name}` });

    await expect(failed).rejects.toMatchObject({ code: "GATEWAY_PROXY", retryable: false });
    await expect(failed).rejects.toThrow("proxyAddress");
  });
});

describe("the end of the process", () => {
  const program = fileURLToPath(new URL("__fixtures__/leave-clusters.ts", import.meta.url));

  it.each([
    ["has nothing left to do", "drain", 0],
    ["calls process.exit()", "exit", 3],
    ["has an uncaught error", "throw", 1],
  ])("stops its clusters when it %s", async (_, how, code) => {
    const ended = await promisify(execFile)(process.execPath, [program, how, gateway.address, gateway.password]).catch(
      (error: unknown) => error as { code: number; stdout: string },
    );
    const name = ended.stdout.trim();

    expect("code" in ended ? ended.code : 0).toBe(code);
    await expect(clientOf("leaver").waitForStopped(name)).resolves.toMatchObject({ name, status: "STOPPED" });
  });
});
