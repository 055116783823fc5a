import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";

/** How long a tool that lists devices may take, in milliseconds. `nvidia-smi` needs seconds when the driver has to wake up. */
const TOOL_TIMEOUT_MS = 20_000;

/** What the detection of resources reads. Replaced by recorded files in tests. */
export interface System {
  /** Text of a file, or `undefined` when it cannot be read. */
  readText(path: string): string | undefined;
  /** Standard output of a tool found in `PATH`, or `undefined` when it is not there or fails. */
  runTool(name: string, args: readonly string[]): string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly availableParallelism: number;
  readonly totalMemoryBytes: number;
}

/** The system that this process runs on. */
export const hostSystem: System = {
  readText(path) {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  },
  runTool(name, args) {
    const { status, stdout } = spawnSync(name, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: TOOL_TIMEOUT_MS,
    });
    return status === 0 ? stdout : undefined;
  },
  get environment() {
    return process.env;
  },
  get availableParallelism() {
    return availableParallelism();
  },
  get totalMemoryBytes() {
    return totalmem();
  },
};
