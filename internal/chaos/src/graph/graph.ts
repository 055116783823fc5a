/** Where the work of a task is done: a program, a worker thread, a worker process, or the host itself. */
export type Place = "program" | "thread" | "process" | "host";

/**
 * What a task does besides its sum: `flaky` fails a few times first, `fail` always does, `poison` kills its worker, `hang` runs until its timeout.
 */
export type Behaviour = "good" | "flaky" | "fail" | "poison" | "hang";

/** What a value looks like: a number, a text too long for a journal's row, or a `bigint`, which JSON does not have. */
export type Form = "number" | "long" | "bigint";

/** A task of a random graph. Its value is its own number plus what its inputs gave, each times its place. */
export interface Node {
  readonly uid: string;
  readonly place: Place;
  readonly behaviour: Behaviour;
  readonly form: Form;
  /** How long the work takes, in milliseconds. */
  readonly ms: number;
  /** Number that goes into the value. */
  readonly base: number;
  /** How often a flaky task fails. */
  readonly failures: number;
  /** Places in the graph of the tasks whose values it takes. */
  readonly inputs: readonly number[];
  /** Places in the graph of the tasks that it merely follows. */
  readonly after: readonly number[];
  readonly onDependencyFailure: "fail" | "run";
  readonly priority: number;
}

/** A random graph; each task depends only on those before it. */
export interface Graph {
  readonly nodes: readonly Node[];
  /** How many of them are submitted at once; the others come later. */
  readonly batches: readonly number[];
}

/** All sums are taken modulo this. */
export const MODULUS = 1_000_003;

/** Length of a long value: beyond what a journal keeps in its file. */
export const LONG = 70_000;

/** Exit code, and text of the error, of a failure that is not to be tried again. */
export const DELIBERATE = { exitCode: 3, message: "deliberate" } as const;

/** Value of a variable that every program has, and that may be written nowhere; `program.sh` looks for it. */
export const SECRET = "hush-4f1c0de5";

/** How long a task that hangs may run, in milliseconds. */
export const HANG_TIMEOUT_MS = 300;
