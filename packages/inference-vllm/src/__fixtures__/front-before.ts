import { silentLogger } from "@rhapsody/core";
import { onTestFinished } from "vitest";
import type { Fleet } from "../fleet/call.ts";
import type { FleetOptions } from "../fleet/fleet-options.ts";
import { openFleet } from "../fleet/open-fleet.ts";
import type { Front, FrontOptions } from "../front/front-options.ts";
import { startFront } from "../front/start-front.ts";
import { ScriptedServer, type Script } from "./scripted-server.ts";

/** A front before servers, for one test. */
export interface TestFront {
  readonly front: Front;
  readonly fleet: Fleet;
  /** Asks the front, with its token unless the headers have another. */
  ask(path: string, body?: unknown, init?: RequestInit): Promise<Response>;
}

/** A front before servers at these addresses. */
export async function frontBefore(
  urls: readonly string[],
  options: Partial<FrontOptions> & { readonly fleetOptions?: FleetOptions } = {},
): Promise<TestFront> {
  const { fleetOptions, ...rest } = options;
  const addresses = urls.map((url, index) => ({ name: `server-${index}`, url }));
  const fleet = openFleet(addresses, { patienceMs: 500, ...fleetOptions });
  onTestFinished(() => fleet.close());
  const front = await startFront({ backend: "vllm", fleet, logger: silentLogger, ...rest });
  onTestFinished(() => front.close(0));
  const ask = (path: string, body?: unknown, { headers, ...init }: RequestInit = {}): Promise<Response> =>
    fetch(front.address + path, {
      ...(body !== undefined && { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body) }),
      headers: { authorization: `Bearer ${front.token}`, "content-type": "application/json", ...headers },
      ...init,
    });
  return { front, fleet, ask };
}

/** A front before one scripted server. */
export async function frontBeforeScripts(
  scripts: readonly Script[],
  options: Parameters<typeof frontBefore>[1] = {},
): Promise<TestFront & { readonly server: ScriptedServer }> {
  const server = await ScriptedServer.start(scripts);
  onTestFinished(() => server.stop());
  return { ...(await frontBefore([server.url], options)), server };
}
