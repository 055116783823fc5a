import type { TaskProblemCode } from "../errors/task-validation-error.ts";

/** What is wrong with one description. */
export interface Flaw {
  readonly code: TaskProblemCode;
  readonly message: string;
}

/** Tells flaws from what a check gives when there are none. */
export function isFlaws(value: unknown): value is readonly Flaw[] {
  return Array.isArray(value);
}
