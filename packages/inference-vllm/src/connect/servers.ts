import { join } from "node:path";
import { BackendError, RhapsodyError, type BackendContext } from "@rhapsody/core";
import type { Fleet, ReplicaAddress } from "../fleet/call.ts";
import type { LaunchListener, Launcher } from "../launch/launched-server.ts";
import { VllmLauncher } from "../launch/vllm-launcher.ts";
import type { Settings } from "../options/settings.ts";
import { look } from "./look.ts";
import { reachServers } from "./reach-servers.ts";

/** What {@link Servers} are opened with. */
export interface ServersParts {
  readonly settings: Settings;
  readonly context: BackendContext;
  readonly fleet: Fleet;
  /** Called whenever a server came or went. */
  readonly onChange: () => void;
}

/** The servers of one opening: those that run already, or those that it starts. Keeps the fleet up to date. */
export class Servers {
  readonly #parts: ServersParts;
  readonly #addresses = new Map<string, ReplicaAddress>();
  readonly #closed = new AbortController();
  #launcher: Launcher | undefined;

  private constructor(parts: ServersParts) {
    this.#parts = parts;
  }

  /**
   * Resolves once there is a server to ask.
   *
   * @throws `BackendError` `BACKEND_UNAVAILABLE` when there is none; nothing is left then.
   */
  static async open(parts: ServersParts): Promise<Servers> {
    const servers = new Servers(parts);
    const { settings, context } = parts;
    const { source, name, model } = settings;
    if (source.kind === "attach") {
      await reachServers({ ...source, backend: name, model }, context.signal);
      for (const address of source.servers) servers.#add(address);
    } else {
      servers.#launcher = new VllmLauncher(source.launch, { backend: name, directory: join(context.workDir, name) });
      await servers.#launcher.start(servers.#listener(), context.signal);
    }
    return servers;
  }

  /** What a healthy server says of its interface, as OpenAPI; `undefined` when it says nothing of that. @throws when none is healthy, or it does not answer. */
  async describeInterface(): Promise<string | undefined> {
    const healthy = this.#parts.fleet.replicas.find(({ status }) => status === "healthy");
    const address = this.#addresses.get(healthy?.name ?? "");
    if (address === undefined) throw new Error("no server is healthy");
    const { status, text } = await look(address, "/openapi.json", this.#closed.signal);
    return status < 400 ? text : undefined;
  }

  /** Ends the servers that it started. */
  async close(graceMs: number): Promise<void> {
    this.#closed.abort();
    await this.#launcher?.close(graceMs);
  }

  #add(address: ReplicaAddress): void {
    this.#addresses.set(address.name, address);
    this.#parts.fleet.add(address);
    this.#parts.onChange();
  }

  #listener(): LaunchListener {
    const { context, fleet, onChange, settings } = this.#parts;
    const { logger } = context;
    const backend = settings.name;
    return {
      ready: (address) => this.#add(address),
      down: (server, why) => {
        logger.warn({ backend, server, why }, "a server is down");
        fleet.remove(server);
        onChange();
      },
      lost: (cause) => {
        // Same brand and fields, whichever copy of core it comes from.
        const known = RhapsodyError.isInstance(cause) && "retryable" in cause;
        context.lost(
          known
            ? (cause as BackendError)
            : new BackendError("BACKEND_LOST", { backend, message: cause.message, cause }),
        );
      },
      progress: (text) => logger.info({ backend }, text),
    };
  }
}
