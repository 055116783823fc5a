import type { BackendContext, BackendHandle } from "./backend.ts";
import { BaseExecutionBackend } from "./base-execution-backend.ts";
import type { BackendCapabilities } from "./capabilities.ts";
import { SingleOpening } from "./single-opening.ts";
import type { TaskUpdate } from "./task-update.ts";

/** Options of {@link NoopExecutionBackend}. */
export interface NoopBackendOptions {
  /** Routing key. @defaultValue `"noop"` */
  readonly name?: string | undefined;
}

/** A backend that runs nothing: every task is `DONE` at once, with the value `undefined` and no output. For dry runs and for measuring the session itself. */
export class NoopExecutionBackend extends BaseExecutionBackend {
  readonly name: string;
  readonly capabilities: BackendCapabilities = {
    taskKinds: ["executable", "function", "prompt", "embedding"],
    functionKinds: ["inline", "module", "python"],
    resources: ["cores", "gpus", "memoryBytes", "ranks", "nodes"],
    cancellation: "running",
  };
  readonly #opening = new SingleOpening(this);

  constructor(options: NoopBackendOptions = {}) {
    super();
    this.name = options.name ?? "noop";
  }

  async open(context: BackendContext): Promise<BackendHandle> {
    return await this.#opening.open(async () => openNoop(context));
  }
}

function openNoop(context: BackendContext): BackendHandle {
  let closed = false;
  /** Batches that are not reported yet. */
  let waiting = 0;
  const cancelled = new Set<string>();
  return {
    submit: async (tasks) => {
      waiting += 1;
      queueMicrotask(() => {
        waiting -= 1;
        if (closed) return;
        const updates: TaskUpdate[] = [];
        for (const { uid, attempt, epoch } of tasks) {
          if (cancelled.size > 0 && cancelled.delete(`${uid} ${attempt}`)) continue;
          updates.push({ uid, attempt, epoch, state: "DONE" });
        }
        if (waiting === 0) cancelled.clear();
        context.report(updates);
      });
    },
    cancel: async (tasks) => {
      // What is in no batch that waits has ended or was never here; remembering it would swallow an attempt of that name that comes later.
      if (waiting > 0) for (const { uid, attempt } of tasks) cancelled.add(`${uid} ${attempt}`);
      return tasks.map(() => "cancelled" as const);
    },
    close: async () => void (closed = true),
  };
}
