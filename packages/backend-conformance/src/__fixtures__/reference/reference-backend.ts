import {
  BackendError,
  SingleOpening,
  type Backend,
  type BackendCapabilities,
  type BackendContext,
  type BackendHandle,
  type CancelOutcome,
  type TaskAttempt,
  type TaskSpec,
  type TaskUpdate,
} from "@rhapsody/core";
import { workKinds } from "../../suite/topic.ts";
import { runInline } from "./run-inline.ts";
import { runModule } from "./run-module.ts";
import { runProgram } from "./run-program.ts";
import { runEmbedding, runPrompt } from "./run-prompt.ts";
import { runPython } from "./run-python.ts";
import type { Run } from "./run.ts";

const CANCEL_GRACE_MS = 100;

const everything: BackendCapabilities = {
  taskKinds: ["executable", "function", "prompt", "embedding"],
  functionKinds: ["inline", "module", "python"],
  resources: ["cores"],
  cancellation: "running",
  capacity: { maxInFlight: 4 },
};

/** A backend that does all that the contract allows, one process or worker for each task: slow, and meant to be plainly right. */
export class ReferenceBackend implements Backend {
  readonly contract = "backend/1";
  readonly name = "reference";
  readonly capabilities: BackendCapabilities;
  readonly #opening = new SingleOpening(this);

  constructor(capabilities: Partial<BackendCapabilities> = {}) {
    this.capabilities = { ...everything, ...capabilities };
  }

  async open(context: BackendContext): Promise<BackendHandle> {
    return await this.#opening.open(async () => new ReferenceHandle(this.capabilities, context));
  }
}

class ReferenceHandle implements BackendHandle {
  readonly #context: BackendContext;
  readonly #kinds: ReadonlySet<string>;
  readonly #runs = new Map<string, Run>();
  readonly #stopping = new Map<string, Promise<CancelOutcome>>();

  readonly cancel?: (attempts: readonly TaskAttempt[]) => Promise<readonly CancelOutcome[]>;

  constructor(capabilities: BackendCapabilities, context: BackendContext) {
    this.#context = context;
    this.#kinds = new Set<string>([...capabilities.taskKinds, ...workKinds(capabilities)]);
    if (capabilities.cancellation === "none") return;
    this.cancel = (attempts) => Promise.all(attempts.map((attempt) => this.#stop(keyOf(attempt), CANCEL_GRACE_MS)));
  }

  async submit(tasks: readonly TaskSpec[]): Promise<void> {
    for (const task of tasks) {
      if (!this.#kinds.has(kindOf(task)))
        throw refusal(`${task.uid} is of a kind that does not run here`);
      if (this.#runs.has(keyOf(task))) throw refusal(`${task.uid} is under way`);
    }
    for (const task of tasks) this.#start(task);
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all([...this.#runs.keys()].map((key) => this.#stop(key, graceMs)));
  }

  #start(task: TaskSpec): void {
    const { uid, attempt, epoch } = task;
    const key = keyOf(task);
    const run = start(task, this.#context, this.#report);
    this.#runs.set(key, run);
    this.#report([{ uid, attempt, epoch, state: "RUNNING" }]);
    void run.ended.then((ended) => {
      if (this.#runs.get(key) !== run) return;
      this.#runs.delete(key);
      if (!this.#stopping.delete(key)) this.#report([{ uid, attempt, epoch, ...ended }]);
    });
  }

  readonly #report = (updates: readonly TaskUpdate[]): void => this.#context.report(updates);

  #stop(key: string, graceMs: number): Promise<CancelOutcome> {
    const run = this.#runs.get(key);
    if (run === undefined) return Promise.resolve("cancelled");
    const outcome = this.#stopping.get(key) ?? run.stop(graceMs);
    this.#stopping.set(key, outcome);
    return outcome;
  }
}

function start(task: TaskSpec, context: BackendContext, report: BackendContext["report"]): Run {
  const { work } = task;
  if (work.kind === "executable") return runProgram(task, work, context);
  if (work.kind === "prompt") return runPrompt(task, work, report);
  if (work.kind === "embedding") return runEmbedding(work);
  switch (work.function.kind) {
    case "inline":
      return runInline(task, work, work.function.call, context);
    case "module":
      return runModule(task, work, work.function, context);
    case "python":
      return runPython(work, work.function);
  }
}

function kindOf({ work }: TaskSpec): string {
  return work.kind === "function" ? work.function.kind : work.kind;
}

function keyOf({ uid, attempt }: TaskAttempt): string {
  return `${uid} ${attempt}`;
}

function refusal(message: string): BackendError {
  return new BackendError("BACKEND_REJECTED_TASKS", { backend: "reference", message });
}
