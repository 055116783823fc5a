import type { BackendContext } from "@rhapsody/core";
import { openFleet } from "../fleet/open-fleet.ts";
import type { AttachSource, Settings } from "../options/settings.ts";
import { Interfaces } from "./interfaces.ts";
import { reachServers } from "./reach-servers.ts";
import type { Servers } from "./servers.ts";
import { tellHealth } from "./tell-health.ts";

/** Reaches servers that run already. @throws as `openServers` does. */
export async function attachServers(
  source: AttachSource,
  { name, model, fleet: options }: Settings,
  { signal, logger }: BackendContext,
): Promise<Servers> {
  const onProblem = (server: string, why: string): void =>
    logger.warn({ backend: name, server, why }, "a server cannot be asked");
  const servers = await reachServers({ ...source, backend: name, model, onProblem }, signal);
  const fleet = openFleet(servers, options, tellHealth(logger, name));
  const interfaces = new Interfaces(fleet);
  for (const address of servers) interfaces.add(address);
  return {
    fleet,
    describeInterface: () => interfaces.describe(),
    close: async () => {
      interfaces.close();
      await fleet.close();
    },
  };
}
