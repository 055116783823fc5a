import { BackendError } from "../errors/backend-error.ts";
import type { Backend } from "./backend.ts";

const key = Symbol.for("@rhapsody/core:backend-owners");

/** Which session each backend object serves, for all installed copies of this package. */
function owners(): WeakMap<object, string> {
  // The key is ours alone, so what is found under it is what was put there below.
  const shared = globalThis as { [key]?: WeakMap<object, string> };
  return (shared[key] ??= new WeakMap());
}

/**
 * Takes a backend for a session, until {@link releaseBackend}.
 *
 * @throws {@link BackendError} `BACKEND_IN_USE` when it serves one already; `BACKEND_CONTRACT` when its revision is unknown or it lacks its capabilities.
 */
export function claimBackend(backend: Backend, sessionUid: string): void {
  const { contract, name }: { contract: string; name: unknown } = backend;
  if (contract !== "backend/1" || typeof name !== "string" || name === "") {
    throw new BackendError("BACKEND_CONTRACT", {
      backend: String(name),
      message: `follows contract ${JSON.stringify(contract)}; this session knows "backend/1": install matching versions of the backend and @rhapsody/core`,
    });
  }
  const { capabilities }: { capabilities: unknown } = backend;
  const lists = ["taskKinds", "functionKinds", "resources"] as const;
  if (!isObject(capabilities) || !lists.every((list) => Array.isArray(capabilities[list]))) {
    const message = `does not say what it can: its \`capabilities\` must have the lists ${lists.join(", ")}`;
    throw new BackendError("BACKEND_CONTRACT", { backend: name, message });
  }
  const owner = owners().get(backend);
  if (owner !== undefined) {
    // As a backend says that has its own session.
    const direct = "state" in backend && backend.state === "RUNNING";
    const message = direct
      ? "is in use without a session: leave out initialize(), as a session opens its backends itself, or shut the backend down first"
      : `already serves session ${owner}: close that one first, or build a second backend`;
    throw new BackendError("BACKEND_IN_USE", { backend: name, message });
  }
  owners().set(backend, sessionUid);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Gives a backend back. */
export function releaseBackend(backend: Backend): void {
  owners().delete(backend);
}
