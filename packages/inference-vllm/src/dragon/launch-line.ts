import { delimiter, dirname, join } from "node:path";
import type { SidecarCommand } from "@rhapsody/python-bridge";

/** Single node: without it the launcher refuses where programs of a workload manager are in `PATH`, but no allocation is. */
const HERE = ["-s"];

/**
 * Puts Dragon's launcher, which lies beside the Python that it is installed for, before the sidecar's command. What Dragon starts looks for its own programs
 * in `PATH`.
 */
export function underDragon(launcherArguments: readonly string[] = HERE): (command: SidecarCommand) => SidecarCommand {
  return ({ argv, environment }) => {
    const programs = dirname(argv[0] ?? "");
    const path = [programs, environment["PATH"]].filter((part) => part !== undefined && part !== "").join(delimiter);
    return {
      argv: [join(programs, "dragon"), ...launcherArguments, ...argv],
      environment: { ...environment, PATH: path },
    };
  };
}
