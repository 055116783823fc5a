import { readFileSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import ts from "typescript";
import { ROOT } from "../root.ts";
import { hasTsconfig, workspacePackages } from "../workspace/manifest.ts";
import { neighbours } from "./neighbours.ts";

interface Config {
  readonly references?: readonly { readonly path: string }[];
}

/**
 * Compares every `tsconfig.json` with the workspace packages that its `package.json` names: `tsc -b` builds in the
 * order of `references`, so a missing one is an error that shows only on a fresh clone.
 */
export function checkReferences(): readonly string[] {
  return wrongReferences().map(
    ([path, expected]) => `${path}: references should be [${expected.join(", ")}]; run "pnpm fix"`,
  );
}

/** Writes the references that {@link checkReferences} asks for. */
export function fixReferences(): void {
  for (const [path, expected] of wrongReferences()) {
    const config = { ...readConfig(path), references: expected.map((reference) => ({ path: reference })) };
    writeFileSync(join(ROOT, path), `${JSON.stringify(config, null, 2)}\n`);
  }
}

function wrongReferences(): ReturnType<typeof expectedReferences> {
  return expectedReferences().filter(([path, expected]) => {
    const actual = readConfig(path).references?.map((reference) => reference.path) ?? [];
    return actual.toSorted().join() !== [...expected].toSorted().join();
  });
}

/** Pairs of a `tsconfig.json` and the references it should have. */
function expectedReferences(): readonly (readonly [path: string, references: readonly string[]])[] {
  const packages = workspacePackages().filter(({ path }) => hasTsconfig(path));
  const byName = new Map(packages.map((entry) => [entry.manifest.name, entry]));
  const ofPackages = packages.map(
    (entry) => [posix.join(entry.path, "tsconfig.json"), neighbours(entry, byName)] as const,
  );
  return [["tsconfig.json", packages.map(({ path }) => path)], ...ofPackages];
}

function readConfig(path: string): Config {
  // A tsconfig may hold comments; whatever else is wrong with it, tsc reports.
  return (ts.parseConfigFileTextToJson(path, readFileSync(join(ROOT, path), "utf8")).config ?? {}) as Config;
}
