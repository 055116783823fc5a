import type { Backend, BackendContext, BackendHandle } from "../backend/backend.ts";
import type { BackendCapabilities } from "../backend/capabilities.ts";
import type { TaskSpec } from "../backend/task-spec.ts";
import type { TaskUpdate } from "../backend/task-update.ts";

/** What a test changes about a {@link ScriptedBackend}; by default it accepts everything and does nothing. */
export interface Script {
  readonly name?: string;
  readonly capabilities?: Partial<BackendCapabilities>;
  open?(context: BackendContext): Promise<void> | void;
  submit?(tasks: readonly TaskSpec[]): Promise<void>;
  /** `null`: the backend has none. */
  readonly cancel?: BackendHandle["cancel"] | null;
  close?(graceMs: number): Promise<void>;
}

/** A backend whose every step a test holds in its hands. */
export class ScriptedBackend implements Backend {
  readonly contract = "backend/1" as const;
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  /** One for each opening. */
  readonly contexts: BackendContext[] = [];
  /** Batches handed over, in order. */
  readonly batches: (readonly TaskSpec[])[] = [];
  /** What was asked of it, in order, e.g. `"open 1"`. */
  readonly log: string[] = [];
  readonly #script: Script;

  constructor(script: Script = {}) {
    this.#script = script;
    this.name = script.name ?? "scripted";
    this.capabilities = {
      taskKinds: ["executable", "function", "prompt", "embedding"],
      functionKinds: ["inline", "module", "python"],
      resources: ["cores", "gpus", "memoryBytes", "ranks", "nodes"],
      cancellation: "running",
      ...script.capabilities,
    };
  }

  /** The latest opening's. */
  get context(): BackendContext {
    return this.contexts.at(-1)!;
  }

  /** Every attempt handed over, in order. */
  get tasks(): readonly TaskSpec[] {
    return this.batches.flat();
  }

  async open(context: BackendContext): Promise<BackendHandle> {
    this.contexts.push(context);
    this.log.push(`open ${context.epoch}`);
    await this.#script.open?.(context);
    const { cancel = async (tasks) => tasks.map(() => "cancelled" as const) } = this.#script;
    return {
      submit: async (tasks) => {
        this.batches.push(tasks);
        this.log.push(`submit ${tasks.map(({ uid }) => uid).join(" ")}`);
        await this.#script.submit?.(tasks);
      },
      ...(cancel !== null && {
        cancel: async (tasks, reason) => {
          this.log.push(`cancel ${tasks.map(({ uid }) => uid).join(" ")}`);
          return await cancel(tasks, reason);
        },
      }),
      close: async (graceMs) => {
        this.log.push(`close ${context.epoch}`);
        await this.#script.close?.(graceMs);
        this.log.push(`closed ${context.epoch}`);
      },
    };
  }

  /** Reports that the latest attempt of a task reached a state. */
  report(uid: string, update: DistributiveOmit<TaskUpdate, "uid" | "attempt" | "epoch">): void {
    const { attempt, epoch } = this.tasks.findLast((task) => task.uid === uid)!;
    this.context.report([{ uid, attempt, epoch, ...update }]);
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
