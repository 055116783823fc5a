/** Figures that one run of a contender reports, by name, e.g. `{ tasksPerSecond: 215000 }`. */
export type Sample = Readonly<Record<string, number>>;

/** A process that does a job once and reports how it went as one line of JSON. */
export interface Contender {
  /** As printed, unique within its comparison. */
  readonly name: string;
  /** What runs it: this Node.js, the Python of upstream's environment, or that of the comparison's engine. */
  readonly runtime: "node" | "upstream" | "engine";
  /** Path of the program below `contenders/`. */
  readonly program: string;
  /** Flags of the runtime, before the program. */
  readonly flags?: readonly string[];
  /** Handed to the program; `tasks` is scaled with `--scale`. */
  readonly settings: ContenderSettings;
}

/** What a contender is told to do. Contenders that are compared with each other get the same. */
export interface ContenderSettings {
  /** Size of the measured run. */
  readonly tasks: number;
  /** Tasks run before the clock starts, in the same process, so that code is compiled and pools are up. @defaultValue as many as are measured */
  readonly warmUp?: number;
  /** Tasks that run at a time. @defaultValue as many as the contender likes */
  readonly parallelism?: number;
  /** Tasks that are handed over together; the next ones once these have ended. @defaultValue all */
  readonly atOnce?: number;
  /** True for a session with a journal. @defaultValue false */
  readonly journal?: boolean;
  /** What flows run on: nothing, or the event loop and upstream's threads. @defaultValue `"noop"` */
  readonly backend?: "noop" | "local";
  /** How long the functions of a flow wait, in milliseconds. @defaultValue 0 */
  readonly taskMs?: number;
  /** True where short tasks may share a piece. @defaultValue false */
  readonly chunking?: boolean;
  /** True for answers that come piece by piece. @defaultValue false */
  readonly stream?: boolean;
  /** Tokens of each answer. @defaultValue 16 */
  readonly answerTokens?: number;
}

/** Where a contender finds the engine of its comparison; the harness adds what there is of it to the settings. */
export interface EngineSettings {
  /** Address of Dask's scheduler. */
  readonly scheduler?: string;
  /** Path of the Python that Dask runs on. */
  readonly python?: string;
  /** Base address of an inference server. */
  readonly server?: string;
  /** The model that it has. */
  readonly model?: string;
}

/** A figure of a contender. */
export interface Measured {
  readonly contender: string;
  readonly figure: string;
}

/** A number that a figure is held against. */
export interface Limit {
  readonly name: string;
  readonly value: number;
}

/** What is wanted of the ratio of a line. */
export type Goal = { readonly atLeast: number } | { readonly atMost: number };

/** One printed line: a figure divided by another one, or by a limit. */
export interface Line {
  readonly measured: Measured;
  readonly against: Measured | Limit;
  /** Absent where the ratio is for information. */
  readonly goal?: Goal;
}

/** Contenders that take turns, and the ratios that come of it. */
export interface Comparison {
  /** For `--only`. */
  readonly name: string;
  /** What is measured, in a few words. */
  readonly title: string;
  /**
   * What runs beside the contenders from the first round to the last: a Dask cluster of two workers with a thread each, a vLLM server with a tiny model, or a server that
   * answers at once. @defaultValue nothing
   */
  readonly engine?: "dask" | "vllm" | "stub";
  readonly contenders: readonly Contender[];
  readonly lines: readonly Line[];
}
