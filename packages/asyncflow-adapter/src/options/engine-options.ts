import { OptionsError, type Backend, type Journal, type Session, type SessionOptions } from "@rhapsody/core";
import * as z from "zod";
import type { FlowTaskOptions } from "./flow-task-options.ts";

/** Options of an engine. Give `session`, or what a session of the engine's own is to have. */
export interface EngineOptions extends Omit<
  SessionOptions,
  "defaults" | "journal" | "retainedResults" | "signal" | "uid"
> {
  /** The only backend, instead of `backends`. */
  readonly backend?: Backend | undefined;
  /** A session to work on, which stays open when the engine is shut down. @defaultValue one of the engine's own, with the backends given */
  readonly session?: Session | undefined;
  /** Path of a file, or a journal, that keeps calls and their values, so that those with `cache` are found again. A path needs the package `@rhapsody/journal`. @defaultValue none */
  readonly journal?: string | Journal | undefined;
  /** Begin of the uids of all calls. Name it to find the calls of an earlier process again. @defaultValue `asyncflow.` and 8 random hexadecimal digits */
  readonly uid?: string | undefined;
  /** Options that tasks take when they do not say otherwise. */
  readonly defaults?: Omit<FlowTaskOptions<unknown>, "after" | "name" | "concurrency" | "fallback"> | undefined;
  /** Shuts the engine down, cancelling what is not done, when aborted. */
  readonly signal?: AbortSignal | undefined;
  /** How many settled calls `graph()` goes on to show; handles keep their values anyway. @defaultValue 10,000 */
  readonly maxRetained?: number | undefined;
  /** True to run nothing: every task is done at once, with the value `undefined`, or an empty text if it is a program. Blocks run, so that the graph can be seen. @defaultValue `false` */
  readonly dryRun?: boolean | undefined;
}

/** {@link EngineOptions} after the check. */
export interface EngineSettings {
  readonly uid: string | undefined;
  readonly session: Session | undefined;
  /** Absent: the default backend. */
  readonly backends: readonly Backend[] | undefined;
  /** For a session of the engine's own. */
  readonly rest: SessionOptions;
  readonly defaults: FlowTaskOptions<unknown>;
  readonly signal: AbortSignal | undefined;
  readonly maxRetained: number;
  readonly dryRun: boolean;
}

const DEFAULT_RETAINED = 10_000;

const own = z.strictObject({
  uid: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "must be 1 to 64 of the characters A-Z a-z 0-9 . _ -")
    .optional(),
  defaults: z.record(z.string(), z.unknown()).optional(),
  signal: z.instanceof(AbortSignal).optional(),
  maxRetained: z.int().nonnegative().optional(),
  dryRun: z.boolean().optional(),
});

/**
 * Checks the options of an engine; those of its session, the session checks.
 *
 * @throws OptionsError that lists every problem.
 */
export function parseEngineOptions(options: EngineOptions): EngineSettings {
  const { uid, session, backend, backends, defaults, signal, maxRetained, dryRun, ...rest } = options;
  const parsed = own.safeParse({ uid, defaults, signal, maxRetained, dryRun });
  if (!parsed.success) throw new OptionsError(`[engine] ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
  if (backend !== undefined && backends !== undefined)
    throw new OptionsError("[engine] give backend or backends, not both");
  const list = backend === undefined ? backends : [backend];
  if (list?.length === 0)
    throw new OptionsError("[engine] backends is an empty list: leave it out for the default one");
  const forOwn = Object.entries({ backend, backends, dryRun, ...rest }).flatMap(([name, value]) =>
    value === undefined ? [] : name,
  );
  if (session !== undefined && forOwn.length > 0) {
    throw new OptionsError(`[engine] with a session given, these are the session's own matter: ${forOwn.join(", ")}`);
  }
  return {
    uid,
    session,
    backends: list,
    rest,
    defaults: defaults ?? {},
    signal,
    maxRetained: maxRetained ?? DEFAULT_RETAINED,
    dryRun: dryRun ?? false,
  };
}
