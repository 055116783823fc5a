import type { BackendHandle, CancelOutcome, TaskAttempt, TaskSpec } from "@rhapsody/core";
import type { PythonRequirement } from "../python/python-requirement.ts";
import type { SidecarCommand } from "../sidecar/sidecar-command.ts";
import type { Surroundings } from "./to-engine-task.ts";

/** What {@link openEngine} opens. */
export interface EngineOptions {
  /** `Backend.name` of the instance, for errors and logs. */
  readonly backend: string;
  /** Path of the Python to use, or a name to look up in `PATH`; absent means the first of those that {@link findPython} lists. */
  readonly python?: string | undefined;
  /** Modules that the engine needs. */
  readonly requires: readonly PythonRequirement[];
  /** The engine module, which has a function `create_engine`, and the directory that it is imported from; absent means where Python finds it. */
  readonly engine: { readonly module: string; readonly directory?: string | undefined };
  /** What the engine is opened with: any value that {@link encodeValue} takes. */
  readonly settings: unknown;
  /** Passwords, keys and tokens by name. They travel over the channel alone, and are struck out of what the engine prints, logs and fails with. */
  readonly secrets?: Readonly<Record<string, string>> | undefined;
  /** Variables of the sidecar, over those of this process; everything that it starts has them too. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** `socket`: a Unix socket, for launchers that pass no descriptors on. @defaultValue `"descriptor"` */
  readonly channel?: "descriptor" | "socket" | undefined;
  /** Wraps the sidecar's command, for engines that are started by a launcher of their own. */
  readonly launch?: ((command: SidecarCommand) => SidecarCommand) | undefined;
  /**
   * Time for the launcher and what it started to clear up once the sidecar has to end, in milliseconds, before all that is left is killed: also when this process
   * dies, after which nothing is left that much later than the usual two seconds. @defaultValue `1_000`
   */
  readonly leaveMs?: number | undefined;
  /**
   * What the engine gets for a task. A {@link ValueError} that it throws, or that encoding the work throws, fails the task alone; any other error refuses the
   * batch. @defaultValue {@link toEngineTask}: programs and Python functions
   */
  readonly toWork?: ((spec: TaskSpec, surroundings: Surroundings) => EngineTask) | undefined;
  /** Has the last word on the value that a task returned. What it throws fails the task. Absent: the value as it came. */
  readonly toReturnValue?: ((value: unknown, spec: TaskSpec) => unknown) | undefined;
  /** Time for the engine to open, in milliseconds. @defaultValue `120_000` */
  readonly openTimeoutMs?: number | undefined;
  /** Time between asking a cancelled task to stop and killing it, in milliseconds. @defaultValue `5_000` */
  readonly graceMs?: number | undefined;
  /** Hears what the engine tells its own backend. */
  readonly onEvent?: ((name: string, data: unknown) => void) | undefined;
  /** Absolute directory for output under `capture: "file"`, made when it is missing. @defaultValue the session's directory */
  readonly captureDir?: string | undefined;
}

/** One attempt in the form that an engine takes. */
export interface EngineTask {
  /** What kind of work it is, e.g. `"executable"`. */
  readonly kind: string;
  /** Tasks of one group are likely to take about as long as each other: the function's reference or the program's name. */
  readonly group: string;
  /** What is to be done, for whoever runs it: any value that {@link encodeValue} takes. */
  readonly work: unknown;
  /** Options for the engine; JSON. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** An open engine, as the session drives it. */
export interface EngineHandle extends BackendHandle {
  /** What the engine told when it opened. */
  readonly facts: Readonly<Record<string, unknown>>;

  /** Hands over a batch, as `BackendHandle` of core says. A task that cannot cross to Python fails alone. */
  submit(tasks: readonly TaskSpec[]): Promise<void>;

  /**
   * Stops attempts, as `BackendHandle` of core says.
   *
   * @param graceMs - Instead of the option of that name.
   */
  cancel(tasks: readonly TaskAttempt[], reason: string, graceMs?: number): Promise<readonly CancelOutcome[]>;

  /**
   * Has the engine do something that only it can, and gives its answer.
   *
   * @param params - Any value that {@link encodeValue} takes.
   * @throws `BackendError` with the engine's code when it refuses; `BACKEND_UNAVAILABLE` when there is no answer in time; `BACKEND_LOST` or
   * `BACKEND_CLOSED` when the engine is no longer there; the signal's reason when that is aborted.
   */
  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown>;
}

/** How long {@link EngineHandle.call} waits. The engine is told when it is given up. */
export interface CallOptions {
  /** Gives the call up. */
  readonly signal?: AbortSignal | undefined;
  /** Time for the answer, in milliseconds. @defaultValue `60_000` */
  readonly timeoutMs?: number | undefined;
}
