import { enginePython, startGateway } from "@rhapsody-internal/engines";
import { openSession, rejectionOf } from "@rhapsody-internal/fixtures";
import { describeBackend } from "@rhapsody/backend-conformance";
import { pythonFunction } from "@rhapsody/core";
import { DaskGatewayClient, type GatewayAuth } from "@rhapsody/dask-gateway-client";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { untilWorkers } from "./__fixtures__/until-workers.ts";
import { DaskExecutionBackend, type GatewayClusterDescription } from "./index.ts";

const [python, gateway] = await Promise.all([enginePython("dask"), startGateway()]);
afterAll(async () => {
  await shared.close();
  await gateway.stop();
});

function authOf(): GatewayAuth {
  return { kind: "basic", username: "ada", password: gateway.password };
}

const shared = new DaskGatewayClient({ address: gateway.address, auth: authOf() });
const cluster = await shared.newCluster({ worker_cores: 4 });
await cluster.scale(1);

describeBackend(
  { describe, it, afterAll },
  () => new DaskExecutionBackend({ python, cluster, node: process.execPath }),
  {
    title: "contract backend/1, on a cluster of a gateway",
    opening: "shared",
    timeoutMs: 60_000,
    smallTasks: { executable: 200, python: 5_000 },
    only: [
      "contract",
      "states",
      "program-input/stdin",
      "program-output/bytes",
      "program-output/tail",
      "program-output/file",
      "program-failures/not-found",
      "function-values/large",
      "function-values/rich",
      "function-values/bytes",
      "function-failures/threw",
      "cancel/running/executable",
      "cancel/queued/executable",
      "cancel-programs/tree",
      "close/running/executable",
      "session/graph",
      "session/retry",
      "volume/few-submits/python",
      "volume/few-submits/executable",
    ],
  },
);

function backendAt(options: Partial<GatewayClusterDescription> = {}): DaskExecutionBackend {
  const backend = new DaskExecutionBackend({
    python,
    cluster: { kind: "gateway", address: gateway.address, auth: authOf(), ...options },
  });
  onTestFinished(() => backend.shutdown());
  return backend;
}

/** Clusters that the gateway still has for the tests' user, beside the shared one. */
async function clusters(): Promise<readonly string[]> {
  await using client = new DaskGatewayClient({ address: gateway.address, auth: authOf() });
  const all = await client.list({ status: ["PENDING", "RUNNING"] });
  return all.map(({ name }) => name).filter((name) => name !== cluster.name);
}

describe("a gateway's cluster", () => {
  it("is made for the backend, grows, and is stopped with it", async () => {
    const backend = backendAt({ clusterOptions: { worker_cores: 1 }, workers: 1 });
    const session = openSession(backend);
    const [root] = await session.submitTasks([{ function: pythonFunction("math:sqrt"), args: [1764] }]);

    expect(await root).toMatchObject({ returnValue: 42 });
    expect(await clusters()).toHaveLength(1);
    expect(backend.schedulerAddress).toMatch(/^gateway:\/\//);
    expect(backend.dashboardLink).toContain(gateway.address);
    await backend.scale(2);
    await untilWorkers(session, 2);
    expect(await backend.workers()).toHaveLength(2);

    await session.close();
    expect(await clusters()).toEqual([]);
  });

  it("that exists is used by its name, and goes on", async () => {
    const session = openSession(backendAt({ name: cluster.name }));
    const [hello] = await session.submitTasks([{ executable: "echo", arguments: ["hello"] }]);
    expect((await hello).stdout).toBe("hello\n");
    await session.close();

    expect((await cluster.status()).status).toBe("RUNNING");
  });
});

describe("a gateway's cluster that cannot be had", () => {
  it.each<[string, Partial<GatewayClusterDescription>, string, RegExp]>([
    [
      "wrong password",
      { auth: { kind: "basic", username: "ada", password: "guess" } },
      "GATEWAY_AUTH_FAILED",
      /password|credentials/i,
    ],
    [
      "unknown option",
      { clusterOptions: { worker_cores: 99, colour: "red" } },
      "GATEWAY_INVALID_OPTIONS",
      /colour[^]*worker_cores|worker_cores[^]*colour/,
    ],
    ["a cluster that fails", { clusterOptions: { profile: "broken" } }, "GATEWAY_CLUSTER_FAILED", /log/],
    [
      "a cluster that does not start in time",
      { clusterOptions: { profile: "stuck" }, startTimeoutMs: 1_500 },
      "GATEWAY_TIMEOUT",
      /1500/,
    ],
    ["no such cluster", { name: "0123456789abcdef0123456789abcdef" }, "GATEWAY_CLUSTER_NOT_FOUND", /0123456789abcdef/],
    ["no gateway there", { address: "http://127.0.0.1:9" }, "GATEWAY_UNREACHABLE", /127\.0\.0\.1:9/],
  ])("%s: says so with the fix, and leaves nothing", async (_, options, code, fix) => {
    const error = await rejectionOf(backendAt(options).initialize());

    expect(error).toMatchObject({ code: "BACKEND_UNAVAILABLE", backend: "dask", cause: { code } });
    expect(error.message).toMatch(fix);
    expect(error.message).not.toContain("guess");
    expect(await clusters()).toEqual([]);
  });
});
