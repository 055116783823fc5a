import { join } from "node:path";
import { BackendError, RhapsodyError } from "@rhapsody/core";
import { openFleet } from "../fleet/open-fleet.ts";
import type { LaunchSettings } from "../launch/launch-options.ts";
import type { LaunchListener } from "../launch/launched-server.ts";
import { VllmLauncher } from "../launch/vllm-launcher.ts";
import type { Settings } from "../options/settings.ts";
import { Interfaces } from "./interfaces.ts";
import type { Servers, ServersOwner } from "./servers.ts";
import { tellHealth } from "./tell-health.ts";

/** Starts servers of vLLM. @throws as `openServers` does. */
export async function launchServers(
  launch: LaunchSettings,
  { name: backend, fleet: options }: Settings,
  { context, onChange }: ServersOwner,
): Promise<Servers> {
  const { logger, signal, workDir } = context;
  const fleet = openFleet([], options, tellHealth(logger, backend));
  const interfaces = new Interfaces(fleet);
  const launcher = new VllmLauncher(launch, { backend, directory: join(workDir, backend) });
  const listener: LaunchListener = {
    ready: (address) => {
      interfaces.add(address);
      fleet.add(address);
      onChange();
    },
    down: (server, why) => {
      logger.warn({ backend, server, why }, "a server is down");
      fleet.remove(server);
      onChange();
    },
    lost: (error) => context.lost(toBackendError(error, backend)),
    progress: (text) => logger.info({ backend }, text),
  };
  try {
    await launcher.start(listener, signal);
  } catch (error) {
    await fleet.close();
    throw error;
  }
  return {
    fleet,
    describeInterface: () => interfaces.describe(),
    close: async (graceMs) => {
      interfaces.close();
      await fleet.close();
      await launcher.close(graceMs);
    },
  };
}

function toBackendError(cause: Error, backend: string): BackendError {
  // Same brand and fields, whichever copy of core it comes from.
  if (RhapsodyError.isInstance(cause) && "retryable" in cause) return cause as BackendError;
  return new BackendError("BACKEND_LOST", { backend, message: cause.message, cause });
}
