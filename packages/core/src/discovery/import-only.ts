import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Conditions under which a module that is imported may be found (nodejs.org, "Conditional exports"). */
const IMPORT_CONDITIONS: ReadonlySet<string> = new Set(["node", "import", "module-sync", "default"]);

/**
 * The file of a package, or of a subpath of it, that is exported to `import` alone. `require.resolve` does not see it, and
 * `import.meta.resolve` takes no place to look from.
 *
 * @param directories - `node_modules` directories, nearest first.
 */
export function resolveImportOnly(specifier: string, directories: readonly string[]): string | undefined {
  const [, name, subpath = ""] = /^((?:@[^/]+\/)?[^/]+)(\/.+)?$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  for (const directory of directories) {
    const exports = exportsOf(join(directory, name, "package.json"));
    if (exports === undefined) continue;
    const target = targetOf(isObject(exports) ? (exports[`.${subpath}`] ?? exports) : exports);
    return target === undefined ? undefined : join(directory, name, target);
  }
  return undefined;
}

function exportsOf(manifest: string): unknown {
  try {
    const parsed: unknown = JSON.parse(readFileSync(manifest, "utf8"));
    return isObject(parsed) ? parsed["exports"] : undefined;
  } catch {
    return undefined;
  }
}

function targetOf(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports;
  if (!isObject(exports)) return undefined;
  const choices = Array.isArray(exports)
    ? exports
    : Object.entries(exports).flatMap(([condition, choice]) => (IMPORT_CONDITIONS.has(condition) ? [choice] : []));
  for (const choice of choices) {
    const target = targetOf(choice);
    if (target !== undefined) return target;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
