import { expect, it } from "vitest";
import type { WorkspacePackage } from "../workspace/manifest.ts";
import { neighbours } from "./neighbours.ts";

const at = (path: string, name: string, dependencies: Record<string, string> = {}): WorkspacePackage => ({
  path,
  folder: path.split("/").at(-1) ?? path,
  manifest: { name, devDependencies: dependencies },
});

it("finds the packages of the workspace that a package names, and leaves out all others", () => {
  const core = at("packages/core", "@rhapsody/core");
  const bench = at("bench", "bench", { "@rhapsody/core": "workspace:*", zod: "^4.0.0" });
  const byName = new Map([core, bench].map((entry) => [entry.manifest.name, entry]));

  expect(neighbours(bench, byName)).toEqual(["../packages/core"]);
  expect(neighbours(core, byName)).toEqual([]);
});
