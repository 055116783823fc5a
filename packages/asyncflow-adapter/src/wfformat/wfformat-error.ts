import { RhapsodyError } from "@rhapsody/core";

/**
 * Codes of {@link WfFormatError}.
 *
 * - `WFFORMAT_INVALID`: what was given is no instance of WfFormat, is of a version that cannot be read, or contradicts itself; `problems` has every reason.
 * - `WFFORMAT_UNREADABLE`: the file cannot be read, or holds no JSON.
 */
export type WfFormatErrorCode = "WFFORMAT_INVALID" | "WFFORMAT_UNREADABLE";

/**
 * One thing that is wrong with an instance. What `kind` says:
 *
 * - `version`: the instance is of a version that cannot be read.
 * - `field`: a field is missing, or has the wrong type or value.
 * - `duplicate`: two tasks have one id, or one task two entries about its execution.
 * - `unknown-task`: a parent, a child or an entry about an execution names a task that there is not, or that is not the only one of that name.
 * - `cycle`: tasks wait for each other.
 * - `no-runtime`: the instance does not tell how long a task ran.
 */
export interface WfFormatProblem {
  readonly kind: "version" | "field" | "duplicate" | "unknown-task" | "cycle" | "no-runtime";
  /** Where it is: a path of fields, or the id of a task. */
  readonly at: string;
  /** What is wrong and how to mend it. */
  readonly message: string;
}

/** An instance of WfFormat that cannot be used; nothing of it was. */
export class WfFormatError extends RhapsodyError {
  static {
    this.prototype.name = "WfFormatError";
  }

  declare readonly code: WfFormatErrorCode;

  /** Every problem found; empty for `WFFORMAT_UNREADABLE`. */
  readonly problems: readonly WfFormatProblem[];

  constructor(
    code: WfFormatErrorCode,
    init: ErrorOptions & { readonly message: string; readonly problems?: readonly WfFormatProblem[] },
  ) {
    super(code, `[wfformat] ${init.message}`, init);
    this.problems = init.problems ?? [];
  }
}

/** Most problems that a message lists. */
const MAX_LISTED_PROBLEMS = 20;

/** The error of an instance with these problems. */
export function invalidInstance(problems: readonly WfFormatProblem[], cause?: unknown): WfFormatError {
  const lines = problems.slice(0, MAX_LISTED_PROBLEMS).map(({ at, message }) => `  ${at}: ${message}`);
  if (problems.length > MAX_LISTED_PROBLEMS) {
    lines.push(`  … and ${problems.length - MAX_LISTED_PROBLEMS} more, see error.problems`);
  }
  const message = `the instance cannot be used:\n${lines.join("\n")}`;
  return new WfFormatError("WFFORMAT_INVALID", { message, problems, ...(cause === undefined ? {} : { cause }) });
}
