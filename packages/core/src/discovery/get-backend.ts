import type { BaseExecutionBackend } from "../backend/base-execution-backend.ts";
import { BackendError } from "../errors/backend-error.ts";
import { isBackendModule, type BackendModule } from "./backend-module.ts";
import { resolvePackage } from "./installed-packages.ts";

/**
 * Builds an installed backend by name.
 *
 * `"noop"` is part of this package. A plain name such as `"concurrent"` or `"my_engine"` means `@rhapsody/backend-concurrent`, `@rhapsody/backend-my-engine`,
 * or `@rhapsody/inference-…`; anything with a slash, or a package of that very name, is taken as a package. Importing the class and calling
 * `new` does the same with types.
 *
 * @param options - Passed to the backend's constructor.
 * @throws {@link BackendError} `BACKEND_NOT_FOUND` when no such package is installed; `BACKEND_CONTRACT` when it exports no backend; whatever loading it throws.
 */
export async function getBackend(
  name: string,
  options?: Readonly<Record<string, unknown>>,
): Promise<BaseExecutionBackend> {
  const module = await loadBackendModule(name);
  return module.createBackend(options);
}

/** Loads the module of a backend; see {@link getBackend}. */
export async function loadBackendModule(name: string): Promise<BackendModule> {
  if (name === "noop") {
    // Loaded on demand: the backend is a session's user, and a session loads this file.
    const { NoopExecutionBackend } = await import("../backend/noop-execution-backend.ts");
    return {
      createBackend: (options) => new NoopExecutionBackend(options),
      probeBackend: async () => ({ available: true }),
    };
  }
  const specifiers = packagesFor(name);
  const url = specifiers.map((specifier) => resolvePackage(specifier)).find((found) => found !== undefined);
  if (url === undefined) {
    throw new BackendError("BACKEND_NOT_FOUND", {
      backend: name,
      message: `no such backend is installed (looked for ${specifiers.join(", ")}): npm install ${specifiers[0] ?? name}`,
    });
  }
  const module: unknown = await import(url);
  if (isBackendModule(module)) return module;
  throw new BackendError("BACKEND_CONTRACT", { backend: name, message: `${url} exports no createBackend function` });
}

/** The packages that a name may mean, the likeliest first. */
function packagesFor(name: string): readonly string[] {
  if (name.includes("/") || name.startsWith("file:")) return [name];
  const folder = name.replaceAll("_", "-");
  return [`@rhapsody/backend-${folder}`, `@rhapsody/inference-${folder}`, name];
}
