import { readFileSync } from "node:fs";
import type { TaskContext } from "@rhapsody/core";

/** A call of an exported function, as the host writes it for the place where it runs. */
export interface ModuleCall {
  /** URL of the module. */
  readonly url: string;
  /** Name of the export. */
  readonly name: string;
  readonly args: readonly unknown[];
  readonly task: Omit<TaskContext, "signal">;
}

/** What Node.js is started with to make a {@link ModuleCall}, which it reads from its standard input. */
export function callArguments(): readonly string[] {
  return (cached ??= readRunner());
}

let cached: readonly string[] | undefined;

/** From source it lies beside this module, as TypeScript; in the published package beside the bundle. */
function readRunner(): readonly string[] {
  const source = import.meta.url.endsWith(".ts");
  const text = readFileSync(new URL(source ? "./call-process.ts" : "./call-process.js", import.meta.url), "utf8");
  return [`--input-type=${source ? "module-typescript" : "module"}`, "--eval", text];
}
