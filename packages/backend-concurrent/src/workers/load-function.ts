import { describeThrown } from "../functions/describe-thrown.ts";
import { CallError } from "./call-error.ts";

/** A function that a module exports. */
export type ModuleExport = (...args: readonly unknown[]) => unknown;

type ModuleNamespace = Readonly<Record<string, unknown>>;

/** Modules that were loaded: a function of one of them starts without waiting. */
const loaded = new Map<string, ModuleNamespace>();

/**
 * Finds a function that a module exports, importing its module at first.
 *
 * @throws CallError `TASK_FUNCTION_NOT_FOUND`, at once or by the promise.
 */
export function loadFunction(url: string, name: string): ModuleExport | Promise<ModuleExport> {
  const namespace = loaded.get(url);
  return namespace === undefined
    ? importModule(url).then((imported) => pick(imported, url, name))
    : pick(namespace, url, name);
}

async function importModule(url: string): Promise<ModuleNamespace> {
  try {
    // What import() gives is a module namespace object.
    const namespace = (await import(url)) as ModuleNamespace;
    loaded.set(url, namespace);
    return namespace;
  } catch (cause) {
    const message = `module ${url} cannot be loaded: ${describeThrown(cause)}`;
    throw new CallError("TASK_FUNCTION_NOT_FOUND", message, { cause });
  }
}

function pick(namespace: ModuleNamespace, url: string, name: string): ModuleExport {
  const found = Object.hasOwn(namespace, name) ? namespace[name] : undefined;
  // A function of the user's; its parameters are not known here.
  if (typeof found === "function") return found as ModuleExport;
  const names = Object.keys(namespace).filter((key) => typeof namespace[key] === "function");
  const others =
    names.length === 0 ? "it exports no function" : `the functions that it exports are: ${names.join(", ")}`;
  throw new CallError("TASK_FUNCTION_NOT_FOUND", `module ${url} exports no function "${name}"; ${others}`);
}
