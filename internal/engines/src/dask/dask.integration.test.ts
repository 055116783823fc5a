import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "@rhapsody-internal/fixtures";
import { expect, it, onTestFinished, vi } from "vitest";
import { family } from "../__fixtures__/processes.ts";
import { enginePython, type Gateway, startGateway, startScheduler, startWorkers } from "../index.ts";
import { run } from "../run.ts";

async function call(gateway: Gateway, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${gateway.address}/api/v1/clusters/${path}`, {
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
    headers: { authorization: `Basic ${Buffer.from(`alice:${gateway.password}`).toString("base64")}` },
  });
  return (await response.json()) as Record<string, unknown>;
}

const start = (gateway: Gateway, profile: string) => call(gateway, "", { cluster_options: { profile } });

it("runs a gateway with clusters, and stops all of it", async () => {
  await using gateway = await startGateway({ prefix: "/services/dask" });

  const [good, broken] = await Promise.all([start(gateway, "normal"), start(gateway, "broken")]);
  const [running, failed] = await Promise.all([
    call(gateway, `${String(good["name"])}?wait`),
    call(gateway, `${String(broken["name"])}?wait`),
  ]);
  await call(gateway, `${String(good["name"])}/scale`, { count: 1 });
  // The server, its proxy, a scheduler, a worker.
  const processes = await vi.waitFor(async () => {
    const found = await family(gateway.pid);
    expect(found.length).toBeGreaterThanOrEqual(4);
    return found;
  }, 60_000);
  await gateway.stop();
  await gateway.stop();

  expect([running["status"], failed["status"]]).toEqual(["RUNNING", "FAILED"]);
  expect(processes.filter((pid) => isAlive(pid))).toEqual([]);
  expect(existsSync(gateway.directory)).toBe(false);
});

it("says what a gateway printed that cannot start", async () => {
  await expect(startGateway({ configuration: "raise SystemExit('no such configuration')" })).rejects.toThrow(
    /ended:.*no such configuration/s,
  );
});

it("runs a scheduler with TLS, and workers with resources", async () => {
  await using scheduler = await startScheduler({ tls: true });
  await using workers = await startWorkers({ scheduler, count: 2, threads: 3, resources: { GPU: 2, BIG: 1 } });
  const { ca = "", cert = "", key = "" } = scheduler.tls ?? {};
  const text = `import sys
from distributed import Client
from distributed.security import Security
_, address, ca, cert, key = sys.argv
security = Security(tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True)
with Client(address, security=security) as client:
    print(client.submit(sum, [1, 2], resources={"GPU": 1}).result(), sorted(client.nthreads().values()))`;

  const printed = await run(await enginePython("dask"), ["-c", text, scheduler.address, ca, cert, key]);

  expect(printed.trim()).toBe("3 [3, 3]");
  expect(new Set(workers.all.map(({ address }) => address)).size).toBe(2);
});

it("leaves nothing when the process that started it all is killed", async () => {
  const host = spawn(process.execPath, [join(import.meta.dirname, "../__fixtures__/start-all.ts")]);
  onTestFinished(() => void host.kill("SIGKILL"));
  const [said] = (await once(host.stdout, "data")) as [Buffer];
  const roots = JSON.parse(String(said)) as number[];
  const processes = (await Promise.all(roots.map((pid) => family(pid)))).flat();

  host.kill("SIGKILL");

  await vi.waitFor(() => expect(processes.filter((pid) => isAlive(pid))).toEqual([]), 60_000);
});
