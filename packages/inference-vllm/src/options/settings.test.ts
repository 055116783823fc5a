import { OptionsError } from "@rhapsody/core";
import { describe, expect, it } from "vitest";
import type { VllmBackendOptions } from "./backend-options.ts";
import { parseBackendOptions } from "./settings.ts";

/** What is said of options that do not hold. */
function refusalOf(options: unknown): string {
  try {
    parseBackendOptions(options as VllmBackendOptions);
  } catch (error) {
    if (error instanceof OptionsError) return error.message;
  }
  throw new Error("the options were taken");
}

describe("options of servers that run already", () => {
  it("takes one address, and adds /v1 to one without a path", () => {
    const { source } = parseBackendOptions({ servers: "http://127.0.0.1:8000" });

    expect(source).toMatchObject({ servers: [{ name: "127.0.0.1:8000", url: "http://127.0.0.1:8000/v1" }] });
  });

  it("takes several, each with its own name, key and headers", () => {
    const { source } = parseBackendOptions({
      servers: [
        "https://api.example/openai/v1/",
        { url: "http://gpu-1:8000/v1", name: "big", apiKey: "own", headers: { "x-team": "7" } },
      ],
      apiKey: "shared",
    });

    expect(source).toMatchObject({
      servers: [
        { name: "api.example", url: "https://api.example/openai/v1", apiKey: "shared" },
        { name: "big", url: "http://gpu-1:8000/v1", apiKey: "own", headers: { "x-team": "7" } },
      ],
    });
  });

  it.each([
    ["an address without a protocol", { servers: "127.0.0.1:8000" }, "such as http://127.0.0.1:8000/v1"],
    ["a list of one without a protocol", { servers: ["127.0.0.1:8000"] }, "such as http://127.0.0.1:8000/v1"],
    ["one of several without a protocol", { servers: ["http://a/v1", "b:8000"] }, "such as http://127.0.0.1:8000/v1"],
    ["a password in an address", { servers: ["http://me:secret@a/v1"] }, "use apiKey or headers"],
    ["a key with its file's line break", { servers: "http://a/v1", apiKey: "secret\n" }, "line breaks"],
    ["no server", { servers: [] }, "must name a server"],
    ["two servers of one name", { servers: ["http://a/v1", "http://a/v2"] }, "two servers are called a"],
    [
      "options of servers that it starts",
      { servers: "http://a", numGpus: 2 },
      "for servers that the backend starts itself",
    ],
    ["a query in an address", { servers: "http://a/v1?key=secret" }, "must end with its path"],
    ["more time than a timer knows", { servers: "http://a", timeoutMs: 1e12 }, "24 days"],
    ["an unknown option", { servers: "http://a", temprature: 1 }, "temprature"],
    ["unknown sampling", { servers: "http://a", defaults: { temperatur: 1 } }, "temperatur"],
    ["an unknown option of the service", { servers: "http://a", useService: { prot: 1 } }, "useService"],
    ["an empty token", { servers: "http://a", useService: { token: "" } }, "visible ASCII characters"],
    [
      "a token that no header carries",
      { servers: "http://a", useService: { token: "a\nb" } },
      "visible ASCII characters",
    ],
    ["any origin", { servers: "http://a", useService: { corsOrigins: ["*"] } }, "such as https://lab.example"],
    ["an origin with a path", { servers: "http://a", useService: { corsOrigins: ["https://b/"] } }, "no path"],
  ])("refuses %s", (_case, options, words) => {
    expect(refusalOf(options)).toContain(words);
  });

  it("never repeats a key or password", () => {
    expect(refusalOf({ servers: "http://me:secret@a/v1", apiKey: "secret", timeoutMs: -1 })).not.toContain("secret");
  });

  it("lists every problem", () => {
    const message = refusalOf({ servers: "a:1", timeoutMs: 0, maxBatchSize: 0, prompts: "poem" });

    for (const name of ["servers", "timeoutMs", "maxBatchSize", "prompts"]) expect(message).toContain(name);
  });
});

describe("options of servers that the backend starts", () => {
  it("takes the names of the Python original", () => {
    const { source } = parseBackendOptions({
      modelName: "Qwen2.5-0.5B",
      numNodes: 1,
      numGpus: 2,
      tpSize: 2,
      port: 8001,
      offset: 0,
    });

    expect(source).toMatchObject({
      kind: "launch",
      launch: { modelName: "Qwen2.5-0.5B", numGpus: 2, tpSize: 2, port: 8001 },
    });
  });

  it("gives the port to the service where there is one, and free ones to the servers", () => {
    const { source, service } = parseBackendOptions({ model: "m", port: 8001, useService: true });

    expect(service).toEqual({ port: 8001 });
    expect(source).not.toHaveProperty("launch.port");
  });

  it("waits for servers that start again", () => {
    expect(parseBackendOptions({ model: "m" }).fleet.patienceMs).toBeGreaterThan(1e9);
  });

  it.each([
    ["neither servers nor a model", {}, "say where the model is"],
    ["connectTimeoutMs", { model: "m", connectTimeoutMs: 1 }, "startTimeoutMs"],
    ["what does not go together", { model: "m", numNodes: 2 }, "numNodes"],
    ["an unknown option", { model: "m", tensorParallel: 2 }, "tensorParallel"],
  ])("refuses %s", (_case, options, words) => {
    expect(refusalOf(options)).toContain(words);
  });
});

describe("client batching", () => {
  it.each([
    [{}, undefined],
    [{ maxBatchSize: 4 }, { maxSize: 4, maxWaitMs: 0 }],
    [{ maxBatchWaitMs: 5 }, { maxSize: 16, maxWaitMs: 5 }],
  ])("of %j is %j", (options, batch) => {
    expect(parseBackendOptions({ servers: "http://a", ...options }).batch).toEqual(batch);
  });
});
