import type { TaskProblemCode } from "../errors/task-validation-error.ts";

/** What is wrong with one description. */
export interface Flaw {
  readonly code: TaskProblemCode;
  readonly message: string;
}
