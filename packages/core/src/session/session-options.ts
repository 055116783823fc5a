import * as z from "zod";
import type { Backend } from "../backend/backend.ts";
import { OptionsError } from "../errors/options-error.ts";
import { failoverSchema, type FailoverPolicy } from "../failover/failover-policy.ts";
import type { Journal } from "../journal/journal.ts";
import type { Logger } from "../logging/logger.ts";
import { parseDefaults, type TaskDefaults } from "../validate/task-defaults.ts";
import { signalHandling, type SignalHandling } from "./signal-handling.ts";

/** Options of a session. */
export interface SessionOptions {
  /** Places where tasks can run, in order of preference for tasks that name none. @defaultValue the concurrent backend, when it is installed */
  readonly backends?: readonly Backend[] | undefined;
  /** @defaultValue `rhapsody.session.` and 8 random hexadecimal digits */
  readonly uid?: string | undefined;
  /**
   * Directory under which the session makes its own, named by its uid, for captured output. @defaultValue the directory of the journal, without one the
   * system's for temporary files; emptied ones are removed at close
   */
  readonly workDir?: string | undefined;
  /**
   * Path of a file, or a journal, that keeps what the session must not forget: accepted tasks and their results, so that {@link Session.resume} can go on with
   * them after the process ended in whatever way. A path needs the package `@rhapsody/journal`. @defaultValue none: what the process knows is gone with it
   */
  readonly journal?: string | Journal | undefined;
  /**
   * Journals of other sessions, also of such that run now, in which results of tasks with `cache` are looked up as well, in this order, after the session's own.
   * They are only read. Needs `journal`. @defaultValue none
   */
  readonly reuse?: readonly (string | Journal)[] | undefined;
  /** What tasks take when they do not say otherwise. */
  readonly defaults?: TaskDefaults | undefined;
  /** Closes the session, cancelling its tasks, when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Where log lines go. @defaultValue standard error, from level `RHAPSODY_LOG_LEVEL`, else `"warn"` */
  readonly logger?: Logger | undefined;
  /** True to write the log as JSON lines to `session.log` in the session's own directory. Not together with `logger`. @defaultValue `false` */
  readonly logFile?: boolean | undefined;
  /** What becomes of tasks whose engine or worker dies under them, and how often a backend is opened again. */
  readonly failover?: FailoverPolicy | undefined;
  /** How many results of settled tasks can be looked up by uid; task objects and futures keep their results anyway. @defaultValue 10,000 */
  readonly retainedResults?: number | undefined;
  /**
   * True to close the session in order on the first Ctrl-C (`SIGINT`) and to leave at once on the second. Without listeners of your own the process then
   * ends as it would have. @defaultValue `true`
   */
  readonly handleInterrupt?: boolean | undefined;
  /**
   * True, or how, to close with `mode: "checkpoint"` when a signal says that the process's time is up, by default `SIGTERM`, and to leave at once on the
   * second. Without listeners of your own the process then ends: with exit code 75 when a journal has unfinished tasks, so that a job script knows that the
   * rest can be run later, else as it would have. @defaultValue `false`
   */
  readonly handleSignals?: boolean | SignalHandling | undefined;
}

const backend = z.custom<Backend>(
  (value) => typeof value === "object" && value !== null && typeof Reflect.get(value, "open") === "function",
  "must be a backend: an object with `open`, e.g. new ConcurrentExecutionBackend()",
);

const logger = z.custom<Logger>(
  (value) =>
    typeof value === "object" &&
    value !== null &&
    ["debug", "info", "warn", "error"].every((level) => typeof Reflect.get(value, level) === "function"),
  "must have the methods debug, info, warn and error",
);

/** For the place of a journal. */
export const journalOrPath: z.ZodType<string | Journal> = z.custom<string | Journal>(
  (value) =>
    (typeof value === "string" && value !== "") ||
    (typeof value === "object" && value !== null && Reflect.get(value, "contract") === "journal/1"),
  "must be the path of a file, or a journal of contract journal/1",
);

const schema = z.strictObject({
  backends: z.array(backend).optional(),
  uid: z
    .string()
    .regex(/^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$/, "must be 1 to 128 of the characters A-Z a-z 0-9 . _ -")
    .optional(),
  workDir: z.string().min(1).optional(),
  journal: journalOrPath.optional(),
  reuse: z.array(journalOrPath).optional(),
  defaults: z.record(z.string(), z.unknown()).optional(),
  signal: z.instanceof(AbortSignal).optional(),
  logger: logger.optional(),
  logFile: z.boolean().optional(),
  failover: failoverSchema.optional(),
  retainedResults: z.int().nonnegative().optional(),
  handleInterrupt: z.boolean().optional(),
  handleSignals: signalHandling.optional(),
});

/**
 * Checks the options of a session.
 *
 * @throws {@link OptionsError} that lists every problem.
 */
export function parseSessionOptions(options: SessionOptions): SessionOptions {
  const parsed = schema.safeParse(options);
  if (!parsed.success) throw new OptionsError(`[session] ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
  if (options.logger !== undefined && options.logFile === true) {
    throw new OptionsError("[session] give logger or logFile, not both: a logger of your own can write to any file");
  }
  if (options.reuse !== undefined && options.journal === undefined) {
    throw new OptionsError(
      "[session] reuse needs a journal of the session's own, which keeps what was taken from others: give journal too",
    );
  }
  return options.defaults === undefined ? options : { ...options, defaults: parseDefaults(options.defaults) };
}
