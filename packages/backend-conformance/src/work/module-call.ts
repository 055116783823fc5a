import type { TaskWork } from "@rhapsody/core";
import type * as functions from "../fixtures/functions.ts";
import { call } from "./program.ts";

/** Calls one of the suite's own module functions, or a name that the module does not have. */
export function moduleCall(name: keyof typeof functions | "missing", ...args: readonly unknown[]): TaskWork {
  return call({ kind: "module", url: functionsUrl(), name }, args);
}

/** The module lies beside this one as source, and beside the bundle that contains this one. */
export function functionsUrl(): string {
  const path = import.meta.url.endsWith(".ts") ? "../fixtures/functions.ts" : "./functions.js";
  return new URL(path, import.meta.url).href;
}
