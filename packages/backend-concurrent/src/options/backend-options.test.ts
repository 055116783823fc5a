import { RhapsodyError } from "@rhapsody/core";
import { describe, expect, it } from "vitest";
import { ConcurrentExecutionBackend, createBackend, probeBackend, type ConcurrentBackendOptions } from "../index.ts";

describe("options of the concurrent backend", () => {
  it("needs none", () => {
    const backend = new ConcurrentExecutionBackend();

    expect(backend).toMatchObject({ contract: "backend/1", name: "concurrent", state: "INITIALIZED" });
  });

  it("lists everything that is wrong with them", () => {
    const options = {
      name: "",
      maxConcurrency: 0,
      resources: { cores: -1, gpu: 2 },
      isolation: "vm",
      graceMs: NaN,
      foo: 1,
    };

    const build = (): unknown => createBackend(options as unknown as ConcurrentBackendOptions);

    const error = attempt(build);
    expect(RhapsodyError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: "INVALID_OPTIONS" });
    for (const name of ["name", "maxConcurrency", "cores", "gpu", "isolation", "graceMs", "foo"]) {
      expect((error as Error).message).toContain(name);
    }
  });

  it("tells a session what the backend takes and has", () => {
    const backend = createBackend({ maxConcurrency: 3, resources: { cores: 2.5, gpus: 1, memoryBytes: 1000 } });

    expect(backend.capabilities).toEqual({
      taskKinds: ["executable", "function"],
      functionKinds: ["inline", "module", "python"],
      resources: ["cores", "gpus", "memoryBytes"],
      cancellation: "running",
      capacity: { maxInFlight: 3, cores: 2.5, gpus: 1, memoryBytes: 1000 },
      defaultResources: { executable: { cores: 1 }, module: { cores: 1 }, python: { cores: 1 }, inline: { cores: 0 } },
    });
    expect(backend.capabilities).toBe(backend.capabilities);
  });

  it("can always open", async () => {
    expect(await probeBackend()).toEqual({ available: true });
  });
});

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
