import type { EngineFacts, TaskOutcome, TaskUpdate } from "@rhapsody/core";
import type { Fleet } from "../fleet/call.ts";

/** Shortest time between two observations, in milliseconds. */
const PAUSE_MS = 500;

/** What a {@link Meter} is made of. */
export interface MeterParts {
  readonly fleet: Pick<Fleet, "replicas" | "waiting">;
  readonly observe: (facts: EngineFacts) => void;
}

/** Tells how the servers are doing whenever that has changed, twice a second at most; runs no timer while nothing happens. */
export class Meter {
  readonly #parts: MeterParts;
  #promptTokens = 0;
  #completionTokens = 0;
  #timer: NodeJS.Timeout | undefined;
  #changed = false;
  #tokensPerSecond = 0;
  /** Of the latest observation: when, and how many tokens of answers there were. */
  #latest = { at: performance.now(), completionTokens: 0 };

  constructor(parts: MeterParts) {
    this.#parts = parts;
  }

  /** Counts what was answered to tasks. */
  see(updates: readonly TaskUpdate[]): void {
    for (const update of updates) if (update.state === "DONE") this.count(update);
    this.changed();
  }

  /** Counts what was answered. */
  count({ usage }: TaskOutcome): void {
    this.#promptTokens += usage?.promptTokens ?? 0;
    this.#completionTokens += usage?.completionTokens ?? 0;
    this.changed();
  }

  /** Something began, ended or came: tells it soon, and once more when it is quiet again. */
  changed(): void {
    this.#changed = true;
    this.#timer ??= setTimeout(() => this.#tick(), PAUSE_MS).unref();
  }

  /** Tells it now. */
  tell(): void {
    this.#changed = false;
    this.#parts.observe(this.#facts());
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #tick(): void {
    this.#timer = undefined;
    if (!this.#changed) return;
    this.tell();
    // Tokens per second fall to 0 when nothing comes any more.
    if (this.#tokensPerSecond > 0) this.changed();
  }

  #facts(): EngineFacts {
    const { replicas, waiting } = this.#parts.fleet;
    const healthy = replicas.filter(({ status }) => status === "healthy");
    const sum = (pick: (replica: (typeof replicas)[number]) => number): number =>
      replicas.reduce((total, replica) => total + pick(replica), 0);
    const at = performance.now();
    const completionTokens = this.#completionTokens;
    this.#tokensPerSecond = Math.round(
      ((completionTokens - this.#latest.completionTokens) * 1000) / Math.max(1, at - this.#latest.at),
    );
    this.#latest = { at, completionTokens };
    return {
      workers: healthy.length,
      threads: healthy.reduce((total, { window }) => total + window, 0),
      tasks: { running: sum(({ inFlight }) => inFlight), waiting },
      details: {
        promptTokens: this.#promptTokens,
        completionTokens,
        tokensPerSecond: this.#tokensPerSecond,
        replicas: replicas.map(({ name, url, status, inFlight, window, outstanding, models }) => ({
          name,
          url,
          status,
          inFlight,
          window,
          outstanding,
          models,
        })),
      },
    };
  }
}
