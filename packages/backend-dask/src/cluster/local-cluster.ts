import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, type BackendContext, type Logger } from "@rhapsody/core";
import type { EngineHandle } from "@rhapsody/python-bridge";
import { z } from "zod";
import { factsSchema, type DaskFacts } from "../engine/engine-facts.ts";
import { openDaskEngine } from "../engine/open-dask-engine.ts";
import type { LocalClusterSize, RunningCluster, WorkerRange } from "../options/cluster-options.ts";
import { size, rangeSchema } from "../options/cluster-schema.ts";
import { parse } from "../options/settings.ts";

/** Options of {@link LocalCluster.start}. */
export interface LocalClusterOptions extends LocalClusterSize {
  /** @defaultValue `RHAPSODY_PYTHON`, the activated environment, then `python3` in `PATH` */
  readonly python?: string | undefined;
  /** How long it may take until there is a worker, in milliseconds. @defaultValue 60,000 */
  readonly startTimeoutMs?: number | undefined;
  /** @defaultValue to standard error, from level `warn` on */
  readonly logger?: Logger | undefined;
  /** Gives the start up. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A Dask cluster on this machine that outlives the backends which use it, and that programs of your own may use too.
 *
 * It ends with {@link LocalCluster.close}, and with this process however that ends.
 */
export class LocalCluster implements RunningCluster, AsyncDisposable {
  /** That of this process. */
  readonly node: string = process.execPath;
  readonly #engine: EngineHandle;
  readonly #facts: DaskFacts;
  readonly #workDir: string;
  #closing: Promise<void> | undefined;

  /**
   * Starts a scheduler and workers; resolves once there is a worker.
   *
   * @throws `OptionsError` that lists every problem; `BackendError` `BACKEND_UNAVAILABLE` with the fix, with nothing left running.
   */
  static async start(options: LocalClusterOptions = {}): Promise<LocalCluster> {
    const { python, startTimeoutMs, logger, signal, ...settings } = parse("LocalCluster.start", schema, options);
    const workDir = await mkdtemp(join(tmpdir(), "rhapsody-dask-"));
    try {
      const engine = await openDaskEngine(
        {
          backend: "dask cluster",
          python,
          cluster: { settings: { kind: "local", ...settings }, secrets: {}, requires: [] },
          chunking: false,
          connectTimeoutMs: startTimeoutMs,
          waitForWorkersMs: startTimeoutMs,
        },
        contextOf(workDir, logger ?? createLogger(), signal ?? new AbortController().signal),
      );
      return new LocalCluster(engine, workDir);
    } catch (error) {
      await rm(workDir, { recursive: true, force: true });
      throw error;
    }
  }

  private constructor(engine: EngineHandle, workDir: string) {
    this.#engine = engine;
    this.#workDir = workDir;
    this.#facts = factsSchema.parse(engine.facts);
  }

  /** E.g. `"tcp://127.0.0.1:40123"`. */
  get schedulerAddress(): string {
    return this.#facts.schedulerAddress;
  }

  /** Address of Dask's own dashboard; absent where Python has no `bokeh`. */
  get dashboardLink(): string | undefined {
    return this.#facts.dashboardLink ?? undefined;
  }

  /** Changes the number of worker processes; those that have to go finish what they run. */
  async scale(workers: number): Promise<void> {
    await this.#engine.call("scale", { workers: parse("LocalCluster.scale", z.int().nonnegative(), workers) });
  }

  /** Lets the number of worker processes follow the load. */
  async adapt(range: WorkerRange): Promise<void> {
    await this.#engine.call("adapt", { minimum: 0, ...parse("LocalCluster.adapt", rangeSchema, range) });
  }

  /** Ends the workers and the scheduler, whoever uses them. Idempotent. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  /** Closes the cluster; see {@link LocalCluster.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    try {
      await this.#engine.close(0);
    } finally {
      await rm(this.#workDir, { recursive: true, force: true });
    }
  }
}

const DEFAULT_START_MS = 60_000;

const schema = z.strictObject({
  ...size,
  python: z.string().min(1).optional(),
  startTimeoutMs: z.number().positive().default(DEFAULT_START_MS),
  logger: z.custom<Logger>((value) => typeof value === "object" && value !== null).optional(),
  signal: z.instanceof(AbortSignal).optional(),
});

/** The engine runs no tasks of its own here, so it tells nobody anything. */
function contextOf(workDir: string, logger: Logger, signal: AbortSignal): BackendContext {
  const nothing = (): void => {};
  return {
    sessionUid: "dask-cluster",
    workDir,
    logger,
    epoch: 1,
    signal,
    environment: {},
    report: nothing,
    capacity: nothing,
    observe: nothing,
    lost: (error) => logger.error({}, error.message),
  };
}
