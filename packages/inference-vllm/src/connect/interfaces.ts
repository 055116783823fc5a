import type { Fleet, ReplicaAddress } from "../fleet/call.ts";
import { look } from "./look.ts";

/** What servers say of their own interfaces. */
export class Interfaces {
  readonly #fleet: Pick<Fleet, "replicas">;
  readonly #addresses = new Map<string, ReplicaAddress>();
  readonly #closed = new AbortController();

  constructor(fleet: Pick<Fleet, "replicas">) {
    this.#fleet = fleet;
  }

  add(address: ReplicaAddress): void {
    this.#addresses.set(address.name, address);
  }

  /** That of a healthy server, as OpenAPI; `undefined` when it says nothing of that. @throws when none is healthy, or it does not answer. */
  async describe(): Promise<string | undefined> {
    const healthy = this.#fleet.replicas.find(({ status }) => status === "healthy");
    const address = this.#addresses.get(healthy?.name ?? "");
    if (address === undefined) throw new Error("no server is healthy");
    const { status, text } = await look(address, "/openapi.json", this.#closed.signal);
    return status < 400 ? text : undefined;
  }

  close(): void {
    this.#closed.abort();
  }
}
