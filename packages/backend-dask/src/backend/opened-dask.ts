import type { BackendContext, BackendHandle, CancelOutcome, FailedUpdate, TaskAttempt, TaskSpec } from "@rhapsody/core";
import type { EngineHandle } from "@rhapsody/python-bridge";
import type { ClusterLink } from "../cluster/cluster-link.ts";
import { joinCluster } from "../cluster/join-cluster.ts";
import { factsSchema, workersSchema, type DaskFacts, type DaskWorker } from "../engine/engine-facts.ts";
import { openDaskEngine } from "../engine/open-dask-engine.ts";
import type { WorkerRange } from "../options/cluster-options.ts";
import type { Settings } from "../options/settings.ts";
import { parseTaskOptions } from "../options/task-options.ts";
import { toReturnValue, toWork } from "../work/to-work.ts";

/** One opening of the backend: its cluster, and the engine that is the cluster's client. */
export class OpenedDask implements BackendHandle {
  readonly #context: BackendContext;
  readonly #cluster: ClusterLink;
  readonly #engine: EngineHandle;
  readonly #facts: DaskFacts;

  /** Starts or joins the cluster and connects to it. When that fails, what was started is stopped again. */
  static async open(settings: Settings, context: BackendContext): Promise<OpenedDask> {
    const cluster = await joinCluster(settings, context);
    try {
      const engine = await openDaskEngine(
        {
          ...settings,
          backend: settings.name,
          cluster,
          toWork: toWork({ node: settings.node, sessionUid: context.sessionUid }),
          toReturnValue,
        },
        context,
      );
      return new OpenedDask(engine, cluster, context);
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  private constructor(engine: EngineHandle, cluster: ClusterLink, context: BackendContext) {
    this.#engine = engine;
    this.#cluster = cluster;
    this.#context = context;
    this.#facts = factsSchema.parse(engine.facts);
  }

  get schedulerAddress(): string {
    return this.#facts.schedulerAddress;
  }

  get dashboardLink(): string | undefined {
    return this.#cluster.dashboardLink ?? this.#facts.dashboardLink ?? undefined;
  }

  async submit(tasks: readonly TaskSpec[]): Promise<void> {
    const refusals = tasks.flatMap(refusalOf);
    if (refusals.length === 0) return this.#engine.submit(tasks);
    const refused = new Set<unknown>(refusals.map(({ uid }) => uid));
    await this.#engine.submit(tasks.filter(({ uid }) => !refused.has(uid)));
    this.#context.report(refusals);
  }

  async cancel(tasks: readonly TaskAttempt[], reason: string): Promise<readonly CancelOutcome[]> {
    return this.#engine.cancel(tasks, reason);
  }

  async close(graceMs: number): Promise<void> {
    try {
      // First, so that tasks are stopped while there are workers.
      await this.#engine.close(graceMs);
    } finally {
      await this.#cluster.close();
    }
  }

  async scale(workers: number): Promise<void> {
    await (this.#cluster.scale ?? ((count) => this.#engine.call("scale", { workers: count })))(workers);
  }

  async adapt(range: WorkerRange): Promise<void> {
    await (this.#cluster.adapt ?? ((bounds) => this.#engine.call("adapt", { minimum: 0, ...bounds })))(range);
  }

  async workers(): Promise<readonly DaskWorker[]> {
    return workersSchema.parse(await this.#engine.call("workers"));
  }
}

/** The failure of a task whose options do not hold. */
function refusalOf(spec: TaskSpec): readonly FailedUpdate[] {
  const message = parseTaskOptions(spec);
  if (typeof message !== "string") return [];
  const { uid, attempt, epoch } = spec;
  return [{ uid, attempt, epoch, state: "FAILED", failure: { code: "BACKEND_REJECTED_TASKS", message } }];
}
