import type { System } from "../system.ts";

/** A system made of recorded files and tools. */
export function fakeSystem(
  files: Readonly<Record<string, string>>,
  parts: {
    readonly tools?: Readonly<Record<string, string>>;
    readonly environment?: Readonly<Record<string, string>>;
    readonly availableParallelism?: number;
    readonly totalMemoryBytes?: number;
  } = {},
): System {
  return {
    readText: (path) => files[path],
    runTool: (name, args) => parts.tools?.[[name, ...args].join(" ")],
    environment: parts.environment ?? {},
    availableParallelism: parts.availableParallelism ?? 8,
    totalMemoryBytes: parts.totalMemoryBytes ?? 64 * 2 ** 30,
  };
}
