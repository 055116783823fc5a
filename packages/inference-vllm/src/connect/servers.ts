import type { BackendContext } from "@rhapsody/core";
import type { Fleet, ReplicaAddress } from "../fleet/call.ts";
import type { Settings } from "../options/settings.ts";
import { look } from "./look.ts";
import { reachServers } from "./reach-servers.ts";

/** The servers of one opening, and the fleet that they are in. */
export class Servers {
  readonly #fleet: Fleet;
  readonly #addresses = new Map<string, ReplicaAddress>();
  readonly #closed = new AbortController();

  private constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /**
   * Reaches the servers and puts them into the fleet.
   *
   * @throws `BackendError` `BACKEND_UNAVAILABLE`; nothing is left then.
   */
  static async open(settings: Settings, fleet: Fleet, { signal }: BackendContext): Promise<Servers> {
    const servers = new Servers(fleet);
    await reachServers({ ...settings, backend: settings.name }, signal);
    for (const address of settings.servers) servers.#add(address);
    return servers;
  }

  /** What a healthy server says of its interface, as OpenAPI; `undefined` when it says nothing of that. @throws when none is healthy, or it does not answer. */
  async describeInterface(): Promise<string | undefined> {
    const healthy = this.#fleet.replicas.find(({ status }) => status === "healthy");
    const address = this.#addresses.get(healthy?.name ?? "");
    if (address === undefined) throw new Error("no server is healthy");
    const { status, text } = await look(address, "/openapi.json", this.#closed.signal);
    return status < 400 ? text : undefined;
  }

  async close(_graceMs: number): Promise<void> {
    this.#closed.abort();
  }

  #add(address: ReplicaAddress): void {
    this.#addresses.set(address.name, address);
    this.#fleet.add(address);
  }
}
