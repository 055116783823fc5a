import type { TaskContext, TaskSpec } from "@rhapsody/core";

/** What a function that the orchestrator calls can know of its task. The signal is built when it is first asked for. */
export class CallContext implements TaskContext {
  readonly uid: string;
  readonly name: string;
  readonly attempt: number;
  readonly backend: string;
  readonly sessionUid: string;
  /** True once the function has asked for its signal, so that it can notice when it is to stop. */
  listens = false;
  /** True once it is being stopped. */
  stopping = false;
  /** Resolves when the call has ended. */
  readonly ended: PromiseWithResolvers<void> = Promise.withResolvers();
  #controller: AbortController | undefined;

  constructor(spec: TaskSpec, place: { readonly backend: string; readonly sessionUid: string }) {
    this.uid = spec.uid;
    this.name = spec.name;
    this.attempt = spec.attempt;
    this.backend = place.backend;
    this.sessionUid = place.sessionUid;
  }

  get signal(): AbortSignal {
    this.listens = true;
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: string): void {
    this.stopping = true;
    this.#controller ??= new AbortController();
    this.#controller.abort(new DOMException(reason, "AbortError"));
  }
}
