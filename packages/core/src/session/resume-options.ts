import { z } from "zod";
import { OptionsError } from "../errors/options-error.ts";
import type { Journal } from "../journal/journal.ts";
import type { Callable } from "../task/function-reference.ts";
import { isStandardSchema, type StandardSchema } from "../task/standard-schema.ts";
import type { TaskFuture } from "../task/task-future.ts";
import { journalOrPath, type SessionOptions } from "./session-options.ts";

/** How to go on with a session. Whatever a journal does not hold is given anew. */
export interface ResumeOptions extends Omit<SessionOptions, "journal"> {
  /** Uid that the journal's session must have. @defaultValue any */
  readonly uid?: string | undefined;
  /** True to begin a new session when there is none to resume: one script for the first run and all further ones. @defaultValue `false` */
  readonly create?: boolean | undefined;
  /**
   * What becomes of tasks that have not ended `DONE`. `run`: they run again, at once. `wait`: they run when they are submitted again, as they were before, with
   * their functions; for programs that build their tasks anew each time they are started. @defaultValue `"run"`
   */
  readonly unfinished?: "run" | "wait" | undefined;
  /**
   * Functions that no journal can hold, by name: closures that are the work of a task, functions given as `arguments`, `prompt` or `retry.retryIf`, and
   * schemas given as `responseSchema`. Each is looked for as `"<task's name>.<field>"`, functions other than `retryIf` as `"<task's name>"` too, and by their own names.
   */
  readonly functions?: Readonly<Record<string, Callable | StandardSchema>> | undefined;
  /** Values of variables that were marked as secret. @defaultValue those of this process's own environment */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
}

/** What a resumed session found. */
export interface ResumeSummary {
  /** Tasks that had ended `DONE`: their results stand, and they do not run again. */
  readonly done: number;
  /** The tasks that run again, in the order in which they were submitted; none when they wait to be submitted again. */
  readonly unfinished: readonly TaskFuture[];
  /** What was damaged or unfinished in the journal and had to be dropped; empty when all was well. */
  readonly dropped: readonly string[];
}

const schema = z.object({
  journal: journalOrPath,
  create: z.boolean().optional(),
  unfinished: z.enum(["run", "wait"]).optional(),
  functions: z
    .record(
      z.string(),
      z.custom((value) => typeof value === "function" || isStandardSchema(value), "must be a function or a schema"),
    )
    .optional(),
  secrets: z.record(z.string(), z.string()).optional(),
});

/**
 * Checks the place of a resume, and the options that a new session does not have.
 *
 * @throws {@link OptionsError} that lists every problem.
 */
export function checkResumeOptions(journal: string | Journal, options: ResumeOptions): void {
  const parsed = schema.safeParse({ ...options, journal });
  if (!parsed.success) throw new OptionsError(`[session] resume: ${z.prettifyError(parsed.error)}`);
}

/** Values of secret variables: as given, else this process's own. */
export function withVariables(secrets: ResumeOptions["secrets"]): Readonly<Record<string, string>> {
  const own = Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return { ...(Object.fromEntries(own) as Record<string, string>), ...secrets };
}
