import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { BackendError, OptionsError } from "@rhapsody/core";
import { findVllm } from "./find-vllm.ts";
import type { LaunchSettings } from "./launch-options.ts";
import { LaunchedReplica } from "./launched-replica.ts";
import type { Launcher, LaunchListener } from "./launched-server.ts";
import { planServers, visibleDevices } from "./plan-servers.ts";
import { readConfigFile, type ServeConfiguration } from "./read-config-file.ts";
import { serverStart } from "./server-start.ts";

/** Surroundings of a {@link VllmLauncher}. */
export interface LauncherPlace {
  /** `Backend.name`, for errors. */
  readonly backend: string;
  /** Path of the directory for the servers' logs, `<name>.log` each; made when it is not there. */
  readonly directory: string;
}

/** Servers started by `vllm serve`: on this machine, or where the option `launch` puts them. */
export class VllmLauncher implements Launcher {
  readonly #settings: LaunchSettings;
  readonly #place: LauncherPlace;
  #replicas: readonly LaunchedReplica[] = [];
  #closed = false;

  constructor(settings: LaunchSettings, place: LauncherPlace) {
    this.#settings = settings;
    this.#place = place;
  }

  async start(listener: LaunchListener, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const replicas = await this.#prepare(listener);
    signal.throwIfAborted();
    if (this.#closed) throw new BackendError("BACKEND_CLOSED", { backend: this.#place.backend, message: "was closed" });
    this.#replicas = replicas.map((make) => make());
    const stop = (): void => void this.close(0);
    signal.addEventListener("abort", stop, { once: true });
    try {
      await Promise.any(this.#replicas.map(({ ready }) => ready));
    } catch (error) {
      await this.close(0);
      signal.throwIfAborted();
      // One reason for each replica, mostly the same.
      throw error instanceof AggregateError ? error.errors[0] : error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
    this.#watch(listener);
  }

  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#replicas.map((replica) => replica.close(graceMs)));
  }

  /** Looks for all that a start needs, and starts nothing. */
  async #prepare(listener: LaunchListener): Promise<readonly (() => LaunchedReplica)[]> {
    const settings = this.#settings;
    const { backend } = this.#place;
    const configuration = settings.configFile === undefined ? {} : await readConfigFile(settings.configFile);
    this.#refuseMissingModel(configuration);
    const plans = planServers(settings, configuration);
    for (const { gpus } of plans) this.#refuseMissingGpus(gpus);
    const program = await findVllm(backend, settings);
    const directory = resolve(this.#place.directory);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const apiKey = settings.apiKey ?? randomBytes(32).toString("base64url");
    const host = settings.host ?? configuration.host ?? (settings.launch === undefined ? "127.0.0.1" : "0.0.0.0");
    return plans.map((plan) => () => {
      const progress = (text: string): void => listener.progress(text);
      const start = serverStart({ backend, settings, plan, program, directory, apiKey, host, progress });
      const { maxRestarts, hangTimeoutMs } = settings;
      return new LaunchedReplica({ backend, name: plan.name, maxRestarts, hangTimeoutMs, start, listener });
    });
  }

  #watch(listener: LaunchListener): void {
    for (const { ready } of this.#replicas)
      ready.catch((error: unknown) => {
        if (!this.#closed) listener.progress(error instanceof Error ? error.message : String(error));
      });
    void Promise.all(this.#replicas.map(({ over }) => over)).then(([why]) => {
      if (this.#closed) return;
      const message = `no server is left, after ${this.#settings.maxRestarts} restarts in a row; the first one's end: ${why}`;
      listener.lost(new BackendError("BACKEND_LOST", { backend: this.#place.backend, message }));
    });
  }

  #refuseMissingModel(configuration: ServeConfiguration): void {
    const { model = configuration.model, modelName, configFile, launch } = this.#settings;
    const served = model ?? modelName;
    if (served === undefined)
      throw new OptionsError(`configFile ${configFile} names no model: add a line model, or give the option model`);
    const isPath = /^[./~]/.test(served);
    // Other nodes may have other files.
    if (!isPath || launch !== undefined || existsSync(served)) return;
    const message = `there is no model at ${served}${served.startsWith("~") ? ": write the home directory out" : ""}`;
    throw new BackendError("BACKEND_UNAVAILABLE", { backend: this.#place.backend, message });
  }

  #refuseMissingGpus(gpus: readonly number[] | undefined): void {
    const { launch, environment } = this.#settings;
    if (gpus === undefined || launch !== undefined) return;
    try {
      visibleDevices(gpus, { ...process.env, ...environment });
    } catch (cause) {
      // What it throws.
      const { message } = cause as RangeError;
      throw new BackendError("BACKEND_UNAVAILABLE", { backend: this.#place.backend, message, cause });
    }
  }
}
