import {
  BackendError,
  BaseExecutionBackend,
  SingleOpening,
  type BackendCapabilities,
  type BackendContext,
  type BackendHandle,
} from "@rhapsody/core";
import { z } from "zod";
import type { DaskWorker } from "../engine/engine-facts.ts";
import type { DaskBackendOptions } from "../options/backend-options.ts";
import type { WorkerRange } from "../options/cluster-options.ts";
import { rangeSchema } from "../options/cluster-schema.ts";
import { parse, parseBackendOptions, type Settings } from "../options/settings.ts";
import { capabilities } from "./capabilities.ts";
import { OpenedDask } from "./opened-dask.ts";

/**
 * Runs tasks on a Dask cluster: programs, Python functions in the worker processes themselves, functions of JavaScript modules by Node.js on the workers.
 *
 * Building one looks at nothing and starts nothing. A cluster that the options describe (`local`, `gateway`, `jobqueue`) is started when the backend opens and stopped
 * when it closes; one that ran before (an address, a handle, a gateway's cluster by name) goes on running.
 */
export class DaskExecutionBackend extends BaseExecutionBackend {
  readonly name: string;
  /** What it takes. How much at a time is known once it is open. */
  readonly capabilities: BackendCapabilities = capabilities;
  readonly #settings: Settings;
  readonly #opening = new SingleOpening<OpenedDask>(this);

  /** @throws `OptionsError` that lists every problem. */
  constructor(options: DaskBackendOptions = {}) {
    super();
    this.#settings = parseBackendOptions(options);
    this.name = this.#settings.name;
  }

  /**
   * Opens the backend; a backend that is being closed is opened once it is closed.
   *
   * @throws `BackendError` with code `BACKEND_IN_USE` when it is open; `BACKEND_UNAVAILABLE` when Python, its modules, the gateway or the scheduler cannot be had, or
   * their versions do not go together. Each message names the fix, and nothing is left running.
   */
  async open(context: BackendContext): Promise<BackendHandle> {
    return await this.#opening.open(() => OpenedDask.open(this.#settings, context));
  }

  /** Address of the scheduler; absent while the backend is not open. */
  get schedulerAddress(): string | undefined {
    return this.#opening.current?.schedulerAddress;
  }

  /** Address of Dask's own dashboard; absent while the backend is not open, and for a scheduler without one. */
  get dashboardLink(): string | undefined {
    return this.#opening.current?.dashboardLink;
  }

  /**
   * Changes how many workers the cluster has (for a `jobqueue`: jobs). Resolves once that is on its way; workers that have to go finish what they run.
   *
   * @throws `OptionsError` for what is no whole number from 0 on; `BackendError` `BACKEND_CLOSED` when the backend is not open, `BACKEND_UNAVAILABLE` when the
   * cluster's workers are somebody else's, or it refuses.
   */
  async scale(workers: number): Promise<void> {
    await this.#mustBeOpen().scale(parse("scale", z.int().nonnegative(), workers));
  }

  /**
   * Lets the cluster grow and shrink with its load, until `scale` is called.
   *
   * @throws `OptionsError` for a range that does not hold; `BackendError` as `scale` does.
   */
  async adapt(range: WorkerRange): Promise<void> {
    await this.#mustBeOpen().adapt(parse("adapt", rangeSchema, range));
  }

  /**
   * The workers that the cluster has now.
   *
   * @throws `BackendError` `BACKEND_CLOSED` when the backend is not open.
   */
  async workers(): Promise<readonly DaskWorker[]> {
    return await this.#mustBeOpen().workers();
  }

  #mustBeOpen(): OpenedDask {
    const opened = this.#opening.current;
    if (opened !== undefined) return opened;
    const message = "is not open: call start() of its session, or initialize(), first";
    throw new BackendError("BACKEND_CLOSED", { backend: this.name, message });
  }
}
