import type { BackendContext } from "@rhapsody/core";
import { openDragon } from "../dragon/open-dragon.ts";
import type { Fleet } from "../fleet/call.ts";
import type { Settings } from "../options/settings.ts";
import { attachServers } from "./attach-servers.ts";
import { launchServers } from "./launch-servers.ts";

/** The servers of one opening. */
export interface Servers {
  readonly fleet: Fleet;
  /** What one of them says of its interface, as OpenAPI; `undefined` when it says nothing of that. Rejects when none answers. */
  describeInterface(): Promise<string | undefined>;
  /** True when what has begun goes on after it was aborted. */
  readonly finishesWhatItHas?: boolean;
  /** Aborts what is asked, and ends the servers that were started. Idempotent. */
  close(graceMs: number): Promise<void>;
}

/** For whom servers are opened. */
export interface ServersOwner {
  readonly context: BackendContext;
  /** Called whenever a server came or went. */
  readonly onChange: () => void;
}

/**
 * Reaches the servers that run already, or starts some; resolves once there is one to ask.
 *
 * @throws `BackendError` `BACKEND_UNAVAILABLE` when there is none; nothing is left then.
 */
export async function openServers(settings: Settings, owner: ServersOwner): Promise<Servers> {
  const { source } = settings;
  switch (source.kind) {
    case "attach":
      return attachServers(source, settings, owner.context);
    case "launch":
      return launchServers(source.launch, settings, owner);
    case "dragon":
      return openDragon(source, settings, owner.context);
  }
}
