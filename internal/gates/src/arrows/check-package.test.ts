import { describe, expect, it } from "vitest";
import type { Manifest } from "../workspace/manifest.ts";
import { ARROWS } from "./arrows.ts";
import { checkPackage } from "./check-package.ts";

const check = (folder: string, text: string, file = "src/thing.ts", manifest: Partial<Manifest> = {}) =>
  checkPackage(
    { folder, manifest: { name: `@rhapsody/${folder}`, ...manifest }, files: new Map([[file, text]]) },
    ARROWS[folder],
  );

describe("a good package", () => {
  it.each([
    ["core", `import { z } from "zod"; import { open } from "node:fs/promises"; import "./x.ts";`],
    ["core", `await import("@rhapsody/journal");`],
    ["backend-concurrent", `import type { Task } from "@rhapsody/core"; import { x } from "tinypool";`],
    [
      "backend-concurrent",
      `import type { A } from "@rhapsody/python-bridge"; let x: import("@rhapsody/python-bridge").B;`,
    ],
    ["backend-dask", `export * from "@rhapsody/dask-gateway-client"; import { y } from "@rhapsody/core/testing";`],
  ])("%s: %s", (folder, text) => {
    expect(check(folder, text)).toEqual([]);
  });

  it("may use the conformance suite and the default backend in its tests", () => {
    const text = `import "@rhapsody/backend-conformance"; import "@rhapsody/backend-concurrent";`;

    expect(check("asyncflow-adapter", text, "src/a.test.ts")).toEqual([]);
  });

  it("may use what this repository keeps to itself in its tests", () => {
    const text = `import "@rhapsody-internal/engines";`;

    expect(check("dask-gateway-client", text, "src/a.test.ts")).toEqual([]);
  });
});

describe("a bad package", () => {
  it.each([
    ["core", `import { execa } from "execa";`, "execa"],
    ["core", `import type { Journal } from "@rhapsody/journal";`, "@rhapsody/journal"],
    ["core", `await import("@rhapsody/telemetry");`, "@rhapsody/telemetry"],
    ["core", `let x: import("@rhapsody/proxy").Proxy;`, "@rhapsody/proxy"],
    ["core", "/** Like Dask. */", "Dask"],
    ["core", `const name = "my-slurm-queue";`, "slurm"],
    ["backend-dask", `import "@rhapsody/backend-concurrent";`, "@rhapsody/backend-concurrent"],
    ["backend-dragon", `export * from "@rhapsody/backend-dask";`, "@rhapsody/backend-dask"],
    ["dask-gateway-client", `import "@rhapsody/core";`, "@rhapsody/core"],
    ["backend-conformance", `import "@rhapsody/backend-concurrent";`, "@rhapsody/backend-concurrent"],
    ["backend-dask", `import "@rhapsody-internal/engines";`, "@rhapsody-internal/engines"],
    ["backend-concurrent", `import { openEngine } from "@rhapsody/python-bridge";`, "@rhapsody/python-bridge"],
    ["novel", `export {};`, "unknown package"],
  ])("%s: %s", (folder, text, named) => {
    const problems = check(folder, text);

    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(named);
  });

  it("may not use another package in core's tests either, nor name a vendor there", () => {
    expect(check("core", `import "@rhapsody/backend-conformance";`, "src/a.test.ts")).toHaveLength(1);
    expect(check("core", `it("runs on vLLM");`, "src/a.test.ts")).toHaveLength(1);
  });

  it("may not list a package that it may not import", () => {
    expect(check("core", "", "src/a.ts", { dependencies: { undici: "^8.0.0" } })).toHaveLength(1);
    expect(check("core", "", "src/a.ts", { dependencies: { "@rhapsody/journal": "workspace:^" } })).toHaveLength(1);
    const internal = { "@rhapsody-internal/engines": "workspace:^" };
    expect(check("backend-dask", "", "src/a.ts", { dependencies: internal })).toHaveLength(1);
    expect(check("core", "", "src/a.ts", { peerDependencies: { "@rhapsody/journal": "workspace:^" } })).toEqual([]);
  });

  it("is told the line", () => {
    expect(check("core", "\n\n// dragon\n")[0]).toMatch(/thing\.ts:3:/);
  });
});
