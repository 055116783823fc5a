import {
  abortable,
  type BackendContext,
  type BackendErrorCode,
  type CancelOutcome,
  type TaskAttempt,
  type TaskSpec,
} from "@rhapsody/core";
import { SidecarGone, type Asked, type Connection } from "../sidecar/connection.ts";
import { within } from "../timing/within.ts";
import { encodeValue } from "../values/encode-value.ts";
import type { AttemptBooks } from "./attempt-books.ts";
import { encodeBatch } from "./encode-batch.ts";
import type { EngineErrors } from "./engine-errors.ts";
import type { EngineNews } from "./engine-news.ts";
import type { CallOptions, EngineHandle, EngineOptions } from "./engine-options.ts";
import type { Surroundings } from "./to-engine-task.ts";

const DEFAULT_GRACE_MS = 5_000;
const DEFAULT_CALL_MS = 60_000;
/** Time for the engine to do what it was asked, beyond the grace of tasks, in milliseconds; then it is done without the engine. */
const MARGIN_MS = 30_000;

/** What an {@link OpenedEngine} is made of. */
export interface OpenedEngineParts {
  readonly options: EngineOptions;
  readonly context: BackendContext;
  readonly connection: Connection;
  readonly books: AttemptBooks;
  readonly news: EngineNews;
  readonly errors: EngineErrors;
  readonly surroundings: Surroundings;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** One opening of an engine: the attempts that it has, and what is asked of it. */
export class OpenedEngine implements EngineHandle {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly #parts: OpenedEngineParts;
  #state: "open" | "lost" | "closed" = "open";
  #closing: Promise<void> | undefined;

  constructor(parts: OpenedEngineParts) {
    this.facts = parts.facts;
    this.#parts = parts;
    void parts.connection.gone.then(({ how, lastWords }) => this.lose(`the engine's process ${how}${lastWords}`));
    this.hold();
  }

  async submit(tasks: readonly TaskSpec[]): Promise<void> {
    this.#refuseUnlessOpen();
    const { options, context, connection, books, errors, surroundings } = this.#parts;
    const { specs, heads, blobs, failed } = encodeBatch(tasks, options, surroundings);
    const twice = books.add(specs);
    if (twice !== undefined) {
      throw errors.make("BACKEND_REJECTED_TASKS", `attempt ${twice.attempt} of ${twice.uid} was handed over twice`);
    }
    if (specs.length > 0) {
      try {
        await this.#answerOf(connection.ask({ op: "submit", tasks: heads }, blobs));
      } catch (error) {
        for (const spec of specs) books.delete(spec);
        throw this.#errorFrom(error, "BACKEND_REJECTED_TASKS", "the batch was not taken");
      } finally {
        this.hold();
      }
    }
    if (failed.length > 0) context.report(failed);
  }

  async cancel(
    tasks: readonly TaskAttempt[],
    reason: string,
    graceMs: number = this.#parts.options.graceMs ?? DEFAULT_GRACE_MS,
  ): Promise<readonly CancelOutcome[]> {
    const { options, context, connection, books } = this.#parts;
    const live = this.#state === "open" ? tasks.filter((task) => books.get(task) !== undefined) : [];
    if (live.length === 0) return tasks.map(() => "cancelled");
    for (const task of live) {
      const attempt = books.get(task);
      if (attempt !== undefined) attempt.stopping = true;
    }
    const attempts = live.map(({ uid, attempt }) => [uid, attempt]);
    const { answer } = connection.ask({ op: "cancel", tasks: attempts, reason, graceMs });
    const outcomes: unknown = await within(this.#answerOf({ answer }), graceMs + MARGIN_MS).catch((error: unknown) =>
      this.#errorFrom(error, "BACKEND_REJECTED_TASKS", "the tasks were not stopped"),
    );
    if (!Array.isArray(outcomes)) {
      const message = `cancelling ${live.length} tasks failed; they may go on unobserved`;
      context.logger.warn({ backend: options.backend, error: outcomes }, message);
    }
    for (const task of live) books.delete(task);
    this.hold();
    const outcomeOf = new Map(live.map((task, index) => [task, outcomeAt(outcomes, index)]));
    return tasks.map((task) => outcomeOf.get(task) ?? "cancelled");
  }

  async call(
    method: string,
    params?: unknown,
    { signal, timeoutMs = DEFAULT_CALL_MS }: CallOptions = {},
  ): Promise<unknown> {
    this.#refuseUnlessOpen();
    signal?.throwIfAborted();
    const { connection, errors } = this.#parts;
    const { id, answer } = connection.ask({ op: "call", method }, [encodeValue(params, "params")]);
    const abort = (): void => connection.abort(id);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      const asked = this.#answerOf({ answer });
      const value = await within(signal === undefined ? asked : abortable(asked, signal), timeoutMs);
      if (value !== "late") return value;
      abort();
      throw errors.make("BACKEND_UNAVAILABLE", `${method} was not done within ${timeoutMs} ms; it was given up`);
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#errorFrom(error, "BACKEND_UNAVAILABLE", `${method} failed`);
    } finally {
      signal?.removeEventListener("abort", abort);
      this.hold();
    }
  }

  async close(graceMs: number): Promise<void> {
    this.#closing ??= this.#close(graceMs);
    await this.#closing;
  }

  /** The engine died: tells the session, once. */
  lose(how: string): void {
    if (this.#state !== "open") return;
    this.#state = "lost";
    const { context, news, errors, connection } = this.#parts;
    news.silence();
    context.lost(errors.make("BACKEND_LOST", how));
    // Also when only the engine within it died.
    void connection.end();
  }

  /** Lets the host's event loop end while nothing is under way. */
  hold(): void {
    const { connection, books } = this.#parts;
    connection.hold(this.#state === "open" && books.size + connection.waiting > 0);
  }

  async #close(graceMs: number): Promise<void> {
    const { context, connection, books, news, options } = this.#parts;
    if (this.#state === "open") {
      this.#state = "closed";
      connection.hold(true);
      books.stopAll();
      const { answer } = connection.ask({ op: "close", graceMs });
      const limitMs = graceMs + MARGIN_MS;
      try {
        if ((await within(answer, limitMs)) === "late") {
          context.logger.warn(
            { backend: options.backend },
            `the engine did not close within ${limitMs} ms; it is ended by force`,
          );
        }
      } catch (thrown) {
        const error = this.#errorFrom(thrown, "BACKEND_CLOSED", "the engine did not close");
        context.logger.warn({ backend: options.backend, error }, "closing the engine failed; it is ended by force");
      }
    }
    this.#state = "closed";
    await connection.end();
    news.silence();
  }

  #answerOf({ answer }: Pick<Asked, "answer">): Promise<unknown> {
    this.hold();
    return answer;
  }

  #errorFrom(error: unknown, code: BackendErrorCode, what: string): Error {
    // Its end is told to the session a moment after it is to those who wait for answers.
    const ended = this.#endedCode() ?? (error instanceof SidecarGone ? "BACKEND_LOST" : undefined);
    return this.#parts.errors.from(error, ended ?? code, what);
  }

  #refuseUnlessOpen(): void {
    const code = this.#endedCode();
    if (code !== undefined) throw this.#parts.errors.make(code, `is ${this.#state}; open it again`);
  }

  #endedCode(): BackendErrorCode | undefined {
    if (this.#state === "open") return undefined;
    return this.#state === "closed" ? "BACKEND_CLOSED" : "BACKEND_LOST";
  }
}

function outcomeAt(outcomes: unknown, index: number): CancelOutcome {
  return Array.isArray(outcomes) && outcomes[index] === "cancelled" ? "cancelled" : "detached";
}
