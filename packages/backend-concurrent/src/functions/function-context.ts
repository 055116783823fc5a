import type { TaskContext, TaskSpec } from "@rhapsody/core";

/** Where a function runs, for its {@link TaskContext}. */
export interface Place {
  readonly backend: string;
  readonly sessionUid: string;
}

/** What a function can know of its task. The signal is built when it is first asked for; most functions never do. */
export class FunctionContext implements TaskContext {
  readonly uid: string;
  readonly name: string;
  readonly attempt: number;
  readonly backend: string;
  readonly sessionUid: string;
  readonly #onListen: (() => void) | undefined;
  #controller: AbortController | undefined;
  #listens = false;

  /** @param onListen - Called when the function first asks for its signal. */
  constructor(task: Pick<TaskSpec, "uid" | "name" | "attempt">, place: Place, onListen?: () => void) {
    this.uid = task.uid;
    this.name = task.name;
    this.attempt = task.attempt;
    this.backend = place.backend;
    this.sessionUid = place.sessionUid;
    this.#onListen = onListen;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (!this.#listens) {
      this.#listens = true;
      this.#onListen?.();
    }
    return this.#controller.signal;
  }

  /** True once the function has asked for its signal, so that it can notice when it is to stop. */
  get listens(): boolean {
    return this.#listens;
  }

  abort(reason: string): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(new DOMException(reason, "AbortError"));
  }
}
