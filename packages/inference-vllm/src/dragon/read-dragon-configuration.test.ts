import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@rhapsody-internal/fixtures";
import { describe, expect, it } from "vitest";
import { readDragonConfiguration } from "./read-dragon-configuration.ts";

function fileOf(text: string): string {
  const path = join(temporaryDirectory(), "config.yaml");
  writeFileSync(path, text);
  return path;
}

describe("readDragonConfiguration", () => {
  it("puts options over the file, and secrets apart", async () => {
    const configFile = fileOf(`
run_type: backend_only
token: app-token
required: { model_name: /models/a, hf_token: hf_secret, tp_size: 2, flask_secret_key: "" }
hardware: { num_nodes: -1, num_gpus: 4 }
llm: { temperature: 0.5, max_tokens: 100 }
guardrails: { toggle_on: true }
dynamic_inf_wrkr:
`);

    const read = await readDragonConfiguration({
      configFile,
      config: { llm: { max_tokens: 300 } },
      model: "/models/b",
      numNodes: 2,
      defaults: { temperature: 0 },
    });

    expect(read).toEqual({
      config: {
        run_type: "backend_only",
        required: { model_name: "/models/b", tp_size: 2 },
        hardware: { num_nodes: 2, num_gpus: 4 },
        llm: { temperature: 0, max_tokens: 300 },
        guardrails: { toggle_on: true },
        dynamic_inf_wrkr: { toggle_on: false },
      },
      secrets: { hf_token: "hf_secret", flask_secret_key: "", token: "app-token" },
      model: "/models/b",
    });
  });

  it("needs no file", async () => {
    const { config } = await readDragonConfiguration({ modelName: "org/model" });

    expect(config.required).toEqual({ model_name: "org/model", tp_size: 1 });
  });

  it("lists everything that is wrong with a file", async () => {
    const configFile = fileOf(`
required: { model: x, tp_size: 0 }
llm: { temprature: 1, top_p: 3 }
input_batching: { type: static }
hardware: { num_gpus: 0 }
`);

    const refusal: unknown = await readDragonConfiguration({ configFile }).catch((error: unknown) => error);

    expect(refusal).toMatchObject({ code: "INVALID_OPTIONS" });
    const { message } = refusal as Error;
    for (const part of [
      configFile,
      '"model"',
      "required.tp_size",
      '"temprature"',
      "llm.top_p",
      "input_batching.type",
      "hardware.num_gpus",
    ])
      expect(message).toContain(part);
  });

  it("refuses what the service does wrong in silence", async () => {
    const model = "m";
    const both = { llm: { use_async_streaming: true } };
    const batches = { input_batching: { type: "pre-batch" }, guardrails: { toggle_on: true } } as const;

    await expect(readDragonConfiguration({ model, config: both })).rejects.toThrow("does not go with batching");
    await expect(readDragonConfiguration({ model, config: batches })).rejects.toThrow("takes a chat apart");
  });

  it("needs a model, and a file that can be read", async () => {
    await expect(readDragonConfiguration({})).rejects.toThrow("needs a model");
    await expect(readDragonConfiguration({ configFile: "/nowhere/config.yaml" })).rejects.toThrow(
      "/nowhere/config.yaml: ENOENT",
    );
    await expect(readDragonConfiguration({ configFile: fileOf("- a\n- b") })).rejects.toMatchObject({
      code: "INVALID_OPTIONS",
    });
  });
});
