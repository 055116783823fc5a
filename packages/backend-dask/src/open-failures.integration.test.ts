import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { enginePython, startScheduler } from "@rhapsody-internal/engines";
import { rejectionOf, temporaryDirectory } from "@rhapsody-internal/fixtures";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { DaskExecutionBackend, LocalCluster, probeBackend, type DaskBackendOptions } from "./index.ts";

const python = await enginePython("dask");

/** What opening fails with. */
async function failureOf(options: DaskBackendOptions): Promise<Error> {
  const backend = new DaskExecutionBackend({ python, ...options });
  onTestFinished(() => backend.shutdown());
  const error = await rejectionOf(backend.initialize());
  expect(error).toMatchObject({ code: "BACKEND_UNAVAILABLE", backend: "dask" });
  return error;
}

/** A Python that has nothing installed. */
function barePython(): string {
  const directory = join(temporaryDirectory(), "bare");
  execFileSync(python, ["-m", "venv", "--without-pip", directory]);
  return join(directory, "bin", "python");
}

describe("opening says what is wrong, and what to do", () => {
  it("when Python has no Dask", async () => {
    const bare = barePython();

    const error = await failureOf({ python: bare });

    expect(error.message).toContain(`${bare} -m pip install "distributed>=`);
  });

  it("when there is no such Python", async () => {
    const error = await failureOf({ python: "/no/such/python" });

    expect(error.message).toContain("option `python`");
  });

  it("when dask-jobqueue has no such resource manager here", async () => {
    vi.stubEnv("PATH", temporaryDirectory());
    onTestFinished(() => void vi.unstubAllEnvs());

    const error = await failureOf({ cluster: { kind: "jobqueue", system: "slurm", options: { cores: 1 } } });

    expect(error.message).toMatch(/sbatch is not in PATH[^]*login node/);
  });

  it("when no scheduler listens", async () => {
    const error = await failureOf({
      cluster: { kind: "address", address: "tcp://127.0.0.1:9" },
      connectTimeoutMs: 1_000,
    });

    expect(error.message).toContain("tcp://127.0.0.1:9 within 1 s");
  });

  it("when something listens that is no scheduler", async () => {
    const server = createServer(() => {}).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as { readonly port: number };
    const address = `tcp://127.0.0.1:${port}`;

    const error = await failureOf({ cluster: { kind: "address", address }, connectTimeoutMs: 1_000 });

    expect(error.message).toContain(`${address} within 1 s`);
  });

  it("when the cluster has another version of Dask", async () => {
    const script = fileURLToPath(new URL("./__fixtures__/python/older_scheduler.py", import.meta.url));
    const scheduler = spawn(python, [script], { stdio: ["pipe", "pipe", "ignore"] });
    onTestFinished(async () => {
      scheduler.stdin.end();
      await once(scheduler, "exit");
    });
    const [address] = (await once(scheduler.stdout.setEncoding("utf8"), "data")) as [string];

    const error = await failureOf({ cluster: { kind: "address", address: address.trim() } });

    expect(error.message).toMatch(/distributed 2024\.1\.0 there and [\d.]+ here[^]*distributed==2024\.1\.0/);
  });

  it("when a certificate cannot be read", async () => {
    const tls = { certificate: "/no/such.pem", key: "/no/such-key.pem" };

    const error = await failureOf({ cluster: { kind: "address", address: "tls://127.0.0.1:9", tls } });

    expect(error.message).toMatch(/tls\.(ca|certificate|key) cannot be read[^]*PEM/);
  });

  it("when certificate and key do not belong together", async () => {
    const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
    const tls = { certificate: pem, key: pem };

    const error = await failureOf({ cluster: { kind: "address", address: "tls://127.0.0.1:9", tls } });

    expect(error.message).toMatch(/certificates \(option tls\) do not hold[^]*the key that belongs to it/);
  });

  it("when it is a cluster of this machine to be shared", async () => {
    const error = await rejectionOf(LocalCluster.start({ python: barePython() }));

    expect(error).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    expect(error.message).toContain("pip install");
  });
});

it("connects to a scheduler with TLS, with certificates by path or by text", async () => {
  const scheduler = await startScheduler({ tls: true });
  onTestFinished(() => scheduler.stop());
  const { cert: certificate, key } = scheduler.tls!;
  const cluster = { kind: "address", address: scheduler.address, tls: { certificate, key } } as const;

  await using backend = await new DaskExecutionBackend({ python, cluster }).initialize();

  expect(backend.schedulerAddress).toBe(scheduler.address);
});

it("is available where there is a Python with Dask", async () => {
  vi.stubEnv("RHAPSODY_PYTHON", python);
  expect(await probeBackend()).toEqual({ available: true });

  vi.stubEnv("RHAPSODY_PYTHON", barePython());
  expect(await probeBackend()).toMatchObject({
    available: false,
    reason: expect.stringContaining("has no module distributed") as string,
    fix: expect.stringContaining("pip install") as string,
  });
});
