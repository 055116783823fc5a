import { getBackend } from "@rhapsody/core";
import { afterEach, expect, it, vi } from "vitest";
import { DragonVllmInferenceBackend, probeBackend, VllmInferenceBackend } from "../index.ts";
import { scriptedVllm } from "../launch/__fixtures__/script.ts";

afterEach(() => vi.unstubAllEnvs());

it("is found by name", async () => {
  const backend = await getBackend("vllm", { servers: "http://127.0.0.1:8000", name: "vllm_service" });

  expect(backend).toBeInstanceOf(VllmInferenceBackend);
  expect(backend.name).toBe("vllm_service");
  expect(DragonVllmInferenceBackend).toBe(VllmInferenceBackend);
});

it.each([
  ["there is no program vllm", "", { available: false, fix: expect.stringContaining("pip install vllm") as string }],
  ["there is one", scriptedVllm, { available: true }],
])("tells whether it could start servers here: %s", async (_case, program, found) => {
  for (const name of ["RHAPSODY_PYTHON", "VIRTUAL_ENV", "CONDA_PREFIX"]) vi.stubEnv(name, "");
  vi.stubEnv("PATH", typeof program === "string" ? program : program().replace(/\/vllm$/, ""));

  expect(await probeBackend()).toMatchObject(found);
});
