import * as z from "zod";

/** Exit code of a process that has left work for later: `EX_TEMPFAIL` of `sysexits.h`, "try again later". */
export const EXIT_RESUMABLE = 75;

/** What to do when the process is told by a signal that its time is up. */
export interface SignalHandling {
  /** Signals to listen to. With `SIGINT` among them, Ctrl-C does the same. @defaultValue `["SIGTERM"]` */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /** How long attempts that run may go on before they are stopped, in milliseconds. @defaultValue 0 */
  readonly deadlineMs?: number | undefined;
  /** Time between asking running tasks to stop and killing them, in milliseconds. @defaultValue 5,000 */
  readonly graceMs?: number | undefined;
  /** Exit code when a journal has unfinished tasks. @defaultValue 75, `EX_TEMPFAIL` of `sysexits.h`: "try again later" */
  readonly exitCode?: number | undefined;
}

/** Those that are sent to end a process, and end one that does not listen. */
const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGALRM"] as const;

/** For {@link SignalHandling}, or a boolean. */
export const signalHandling: z.ZodType<boolean | SignalHandling> = z.union(
  [
    z.boolean(),
    z.strictObject({
      signals: z.array(z.enum(SIGNALS)).min(1).optional(),
      deadlineMs: z.number().nonnegative().optional(),
      graceMs: z.number().nonnegative().optional(),
      exitCode: z.int().min(1).max(255).optional(),
    }),
  ],
  `must be true, false or { signals, deadlineMs, graceMs, exitCode }, with signals among ${SIGNALS.join(", ")}`,
);
