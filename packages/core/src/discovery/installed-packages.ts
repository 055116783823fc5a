import { readdir } from "node:fs/promises";
import { createRequire, isBuiltin } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { resolveImportOnly } from "./import-only.ts";

/** Where packages are looked for: beside the running script, the current directory, and this package, in that order. */
function searchRoots(): readonly string[] {
  const script = process.argv[1];
  const roots = [process.cwd(), dirname(fileURLToPath(import.meta.url))];
  if (script !== undefined) roots.unshift(dirname(resolve(script)));
  return [...new Set(roots)];
}

/** URL of an installed package's main module, seen from the first root that has it; `undefined` when none does. */
export function resolvePackage(specifier: string, roots: readonly string[] = searchRoots()): string | undefined {
  if (specifier.startsWith("file:")) return specifier;
  if (isBuiltin(specifier)) return undefined;
  for (const root of roots) {
    const require = createRequire(join(root, "noop.js"));
    try {
      return pathToFileURL(require.resolve(specifier)).href;
    } catch {
      const file = resolveImportOnly(specifier, require.resolve.paths(specifier) ?? []);
      if (file !== undefined) return pathToFileURL(file).href;
    }
  }
  return undefined;
}

/** Names of installed packages that look like backends: `@rhapsody/backend-*`, `@rhapsody/inference-*` and `rhapsody-backend-*` of any scope. */
export async function installedBackendPackages(roots: readonly string[] = searchRoots()): Promise<readonly string[]> {
  const directories = new Set(roots.flatMap((root) => createRequire(join(root, "noop.js")).resolve.paths("any") ?? []));
  const found = await Promise.all([...directories].map(backendPackagesIn));
  return [...new Set(found.flat())].toSorted();
}

async function backendPackagesIn(directory: string): Promise<readonly string[]> {
  const names = await list(directory);
  const nested = await Promise.all(
    names
      .filter((name) => name.startsWith("@"))
      .map(async (scope) => (await list(join(directory, scope))).map((name) => `${scope}/${name}`)),
  );
  return [...names, ...nested.flat()].filter((name) => BACKEND_PACKAGE.test(name));
}

async function list(directory: string): Promise<readonly string[]> {
  return await readdir(directory).catch(() => []);
}

/** `backend-conformance` tests backends and is none. */
const BACKEND_PACKAGE =
  /^(?:@rhapsody\/(?:backend|inference)-(?!conformance$)|(?:@[^/]+\/)?rhapsody-backend-)[a-z0-9-]+$/;
