import { RhapsodyError } from "./rhapsody-error.ts";

/**
 * What is wrong with a task. Codes of {@link TaskProblem}:
 *
 * - `TASK_FIELD_INVALID`: a field has the wrong type or value, or is unknown.
 * - `TASK_UID_UNSAFE`: the uid is not `[A-Za-z0-9._-]{1,128}`, or is `.` or `..`.
 * - `TASK_UID_DUPLICATE`: the uid is used twice in the batch, or was used before in the session.
 * - `TASK_ALREADY_SUBMITTED`: the task object was submitted before.
 * - `TASK_DEPENDENCY_UNKNOWN`: a dependency is neither in the batch nor known to the session.
 * - `TASK_DEPENDENCY_RELEASED`: the value of a dependency settled so long ago that the session let go of it.
 * - `TASK_DEPENDENCY_CYCLE`: the task depends on itself, directly or through others.
 * - `TASK_BACKEND_UNKNOWN`: the backend named is not in the session.
 * - `TASK_NO_COMPATIBLE_BACKEND`: no backend of the session can run the task.
 * - `TASK_NEVER_FITS`: the task asks for more than its backend has.
 * - `TASK_NOT_JOURNALABLE`: the session has a journal, which cannot keep a value that the task is given.
 * - `TASK_FUNCTION_UNBOUND`: a session is resumed without a function that one of its tasks needs.
 * - `TASK_SECRET_MISSING`: a session is resumed without a secret that one of its tasks needs.
 */
export type TaskProblemCode =
  | "TASK_FIELD_INVALID"
  | "TASK_UID_UNSAFE"
  | "TASK_UID_DUPLICATE"
  | "TASK_ALREADY_SUBMITTED"
  | "TASK_DEPENDENCY_UNKNOWN"
  | "TASK_DEPENDENCY_RELEASED"
  | "TASK_DEPENDENCY_CYCLE"
  | "TASK_BACKEND_UNKNOWN"
  | "TASK_NO_COMPATIBLE_BACKEND"
  | "TASK_NEVER_FITS"
  | "TASK_NOT_JOURNALABLE"
  | "TASK_FUNCTION_UNBOUND"
  | "TASK_SECRET_MISSING";

/** One thing that is wrong with one task of a batch. */
export interface TaskProblem {
  /** Position of the task in the batch, from 0. */
  readonly index: number;
  /** The task's uid, or `undefined` when it has none that can be printed. */
  readonly uid: string | undefined;
  readonly code: TaskProblemCode;
  /** What is wrong and how to mend it. */
  readonly message: string;
}

/** A batch was refused whole: nothing of it was submitted. Code `TASK_VALIDATION`. */
export class TaskValidationError extends RhapsodyError {
  static {
    this.prototype.name = "TaskValidationError";
  }

  declare readonly code: "TASK_VALIDATION";

  /** Every problem found, by position in the batch. */
  readonly problems: readonly TaskProblem[];

  /** @param init - `what`: what did not happen because of it. */
  constructor(problems: readonly TaskProblem[], init: ErrorOptions & { readonly what?: string } = {}) {
    super("TASK_VALIDATION", describe(problems, init.what ?? "nothing was submitted"), init);
    this.problems = problems;
  }
}

/** A message stays readable with thousands of problems; `problems` has them all. */
const MAX_LISTED_PROBLEMS = 20;

function describe(problems: readonly TaskProblem[], what: string): string {
  const tasks = new Set(problems.map((problem) => problem.index)).size;
  const lines = problems
    .slice(0, MAX_LISTED_PROBLEMS)
    .map(
      ({ index, uid, message }) => `  task ${index}${uid === undefined ? "" : ` (${short(uid)})`}: ${short(message)}`,
    );
  if (problems.length > MAX_LISTED_PROBLEMS) {
    lines.push(`  … and ${problems.length - MAX_LISTED_PROBLEMS} more, see error.problems`);
  }
  return `[session] ${what}, ${tasks} ${tasks === 1 ? "task is" : "tasks are"} invalid:\n${lines.join("\n")}`;
}

/** Longest uid or text of one problem that the message has in full, in characters. */
const MAX_PROBLEM_CHARACTERS = 400;

function short(text: string): string {
  return text.length <= MAX_PROBLEM_CHARACTERS ? text : `${text.slice(0, MAX_PROBLEM_CHARACTERS)}…`;
}
