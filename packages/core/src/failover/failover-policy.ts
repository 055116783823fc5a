import * as z from "zod";

/** What becomes of tasks whose engine or worker dies under them, and how often a backend is opened again. */
export interface FailoverPolicy {
  /**
   * How many times the engine or the worker may die under one running task. At the next death the task fails, whatever its retry policy says: it may be
   * what kills them. Attempts that were handed over and had not begun are under no such suspicion. `0` never repeats an attempt that had begun and was
   * lost. @defaultValue `3`
   */
  readonly losses?: number | undefined;
  /** Pause before a backend is opened again for the second time in a row, in milliseconds; the first time there is none. @defaultValue `100` */
  readonly delayMs?: number | undefined;
  /** What the pause is multiplied with each further time; at least 1. @defaultValue `2` */
  readonly factor?: number | undefined;
  /** Longest pause, in milliseconds. @defaultValue 30,000 */
  readonly maxDelayMs?: number | undefined;
  /**
   * How many times in a row, with no task finished in between, a backend may die or fail to open until it counts as unavailable; at least 1, which never
   * opens it again by itself. A backend that was never open counts as unavailable at once. @defaultValue `5`
   */
  readonly openings?: number | undefined;
}

/** A policy with nothing left open. */
export type FailoverSettings = { readonly [K in keyof FailoverPolicy]-?: NonNullable<FailoverPolicy[K]> };

export const failoverSchema: z.ZodType<FailoverPolicy> = z.strictObject({
  losses: z.int().nonnegative().optional(),
  delayMs: z.number().nonnegative().optional(),
  factor: z.number().min(1).optional(),
  maxDelayMs: z.number().nonnegative().optional(),
  openings: z.int().positive().optional(),
});

/** Fills in what a policy leaves open. */
export function toFailoverSettings(policy: FailoverPolicy = {}): FailoverSettings {
  const { losses = 3, delayMs = 100, factor = 2, maxDelayMs = 30_000, openings = 5 } = policy;
  return { losses, delayMs, factor, maxDelayMs, openings };
}
