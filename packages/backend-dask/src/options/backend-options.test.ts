import { RhapsodyError } from "@rhapsody/core";
import { describe, expect, it } from "vitest";
import { createBackend, DaskExecutionBackend, type DaskBackendOptions, type DaskCluster } from "../index.ts";

describe("options of the Dask backend", () => {
  it("needs none", () => {
    const backend = new DaskExecutionBackend();

    expect(backend).toMatchObject({ contract: "backend/1", name: "dask", state: "INITIALIZED" });
    expect(backend.schedulerAddress).toBeUndefined();
    expect(backend.dashboardLink).toBeUndefined();
  });

  it("tells a session what the backend takes", () => {
    expect(createBackend({ name: "cluster" }).capabilities).toEqual({
      taskKinds: ["executable", "function"],
      functionKinds: ["python", "module"],
      resources: ["cores", "gpus", "memoryBytes"],
      cancellation: "running",
    });
  });

  it("lists everything that is wrong with them", () => {
    const options = {
      name: "",
      python: "",
      node: [],
      chunking: { targetMs: 0, size: 8 },
      graceMs: NaN,
      connectTimeoutMs: 0,
      foo: 1,
      cluster: { kind: "local", workers: 0, threads: 1 },
    };

    const message = refusalOf(options);

    for (const name of [
      "name",
      "python",
      "node",
      "targetMs",
      "size",
      "graceMs",
      "connectTimeoutMs",
      "foo",
      "workers",
      "threads",
    ]) {
      expect(message).toContain(name);
    }
  });

  it.each<[unknown, string]>([
    [null, "expected object"],
    [{ node: "" }, "a command with its options"],
    [{ chunking: true }, "expected false, or { targetMs, max }"],
  ])("refuses %o with a word on the fix", (options, fix) => {
    expect(refusalOf(options)).toContain(fix);
  });

  it.each<[object, string]>([
    [{ kind: "cloud" }, "local | address | gateway | jobqueue"],
    [{ kind: "address" }, "address"],
    [{ kind: "address", address: "10.0.0.4" }, "tcp://10.0.0.4:8786"],
    [{ kind: "address", address: "http://10.0.0.4:8787/status" }, "address of a dashboard"],
    [{ kind: "address", address: "tls://10.0.0.4:8786" }, "tls: { certificate, key }"],
    [{ kind: "address", address: "tcp://10.0.0.4:8786", tls: { ca: "ca.pem" } }, "certificate"],
    [{ kind: "gateway", address: "gateway.example.org" }, "http:// or https://"],
    [{ kind: "gateway", address: "http://gw", workers: 1, adaptive: { maximum: 2 } }, "either workers or adaptive"],
    [{ kind: "gateway", address: "http://gw", adaptive: { minimum: 3, maximum: 2 } }, "minimum must not be larger"],
    [{ kind: "gateway", address: "http://gw", name: "a", clusterOptions: {} }, "for a new cluster"],
    [{ kind: "jobqueue" }, "system"],
    [{ kind: "jobqueue", system: "cron" }, "slurm"],
    [{ kind: "jobqueue", system: "slurm", jobs: 1, adaptive: { maximum: 2 } }, "either jobs or adaptive"],
    [{ schedulerAddress: "nowhere" }, "schedulerAddress must be the address of a scheduler"],
    [{ address: "tcp://10.0.0.4:8786" }, "expected { kind"],
  ])("refuses cluster %o with a word on the fix", (cluster, fix) => {
    expect(refusalOf({ cluster })).toContain(fix);
  });

  const clusters: readonly DaskCluster[] = [
    { kind: "local", workers: 2, threadsPerWorker: 1, memoryLimitBytes: 2e9 },
    { kind: "address", address: "10.0.0.4:8786" },
    { kind: "address", address: "tls://10.0.0.4:8786", tls: { ca: "ca.pem", certificate: "c.pem", key: "k.pem" } },
    { kind: "gateway", address: "https://gw.org/dask", auth: { kind: "basic", password: "x" }, workers: 2 },
    { kind: "gateway", address: "http://gw:8000", name: "0af", adaptive: { maximum: 4 } },
    { kind: "jobqueue", system: "slurm", options: { queue: "debug" }, jobs: 2 },
    { schedulerAddress: "tcp://127.0.0.1:8786" },
  ];
  it.each(clusters.map((cluster) => [cluster] as const))("takes cluster %o", (cluster) => {
    expect(() => createBackend({ cluster })).not.toThrow();
  });
});

function refusalOf(options: unknown): string {
  const error = thrownBy(() => createBackend(options as DaskBackendOptions));
  expect(error).toSatisfy(RhapsodyError.isInstance);
  expect(error).toMatchObject({ code: "INVALID_OPTIONS" });
  return (error as Error).message;
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
