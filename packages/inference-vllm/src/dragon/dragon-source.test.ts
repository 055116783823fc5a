import { describe, expect, it } from "vitest";
import { VllmInferenceBackend, type VllmBackendOptions } from "../index.ts";
import { parseBackendOptions } from "../options/settings.ts";

describe("options of Dragon's service", () => {
  it("are those that were given: the rest is for the service's configuration to say", () => {
    const { source } = parseBackendOptions({
      dragon: { launcherArguments: ["-w", "slurm"] },
      configFile: "dragon.yaml",
      tpSize: 2,
      port: 9_000,
      useService: true,
    });

    expect(source).toEqual({
      kind: "dragon",
      launcherArguments: ["-w", "slurm"],
      configFile: "dragon.yaml",
      tpSize: 2,
    });
  });

  it.each([
    [{ dragon: true, servers: "http://a/v1" }, "say once where the model is"],
    [{ dragon: true, model: "m", replicas: 2 }, '"replicas"'],
    [{ dragon: true, model: "m", maxBatchSize: 4 }, "Dragon's service batches by itself"],
    [{ dragon: true, model: "m", taskKinds: ["embedding"] }, "makes no embeddings"],
    [{ dragon: { config: { llm: { temprature: 1 } } } }, '"temprature"'],
  ])("are refused when they do not hold: %j", (options, says) => {
    expect(() => parseBackendOptions(options as VllmBackendOptions)).toThrow(says);
  });

  it("make a backend that takes prompts alone, and cannot stop what has begun", () => {
    const { capabilities } = new VllmInferenceBackend({ dragon: true, model: "m" });

    expect(capabilities).toMatchObject({ taskKinds: ["prompt"], cancellation: "queued" });
  });
});
