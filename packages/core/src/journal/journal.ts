import type { TaskState, TerminalTaskState } from "../task/task-state.ts";

/**
 * Where a session writes down what must outlive its process: the tasks that it accepted, how they stand, and their results.
 *
 * Inert until opened by one of its three methods. The session decides what is written and when; a journal stores it, without looking into
 * descriptions and values.
 */
export interface Journal {
  /** Contract revision. A session refuses a revision that it does not know. */
  readonly contract: "journal/1";

  /** For messages: usually the path of a file. */
  readonly location: string;

  /**
   * Begins a new session, in a place where there is none yet.
   *
   * @throws {@link JournalError} `JOURNAL_NOT_EMPTY`, `JOURNAL_IN_USE`, `JOURNAL_INVALID`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT`, `JOURNAL_UNWRITABLE`; nothing was changed.
   */
  create(session: JournaledSession): Promise<JournalHandle>;

  /**
   * Goes on with the session that the journal holds. Damage at its end is dropped, back to the last whole batch, and told in `dropped`.
   *
   * @throws {@link JournalError} `JOURNAL_NOT_FOUND`, `JOURNAL_IN_USE`, `JOURNAL_INVALID`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT`, `JOURNAL_UNWRITABLE`; nothing was changed.
   */
  resume(): Promise<ResumedJournal>;

  /**
   * Opens the journal to look results up by their cache key, also while a session writes to it.
   *
   * @throws {@link JournalError} `JOURNAL_NOT_FOUND`, `JOURNAL_INVALID`, `JOURNAL_VERSION`, `JOURNAL_CORRUPT`.
   */
  read(): Promise<JournalReader>;
}

/** The session that a journal belongs to. */
export interface JournaledSession {
  readonly uid: string;
  /** Absolute path of the session's own directory. */
  readonly workDir: string;
  /** When the session began, in Unix milliseconds. */
  readonly created: number;
}

/** A journal opened for looking up results. */
export interface JournalReader {
  /** The results of tasks that ended `DONE` under these cache keys, in order; `undefined` where there is none, or its files are gone. */
  cached(keys: readonly string[]): Promise<readonly (StoredResult | undefined)[]>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** A journal opened for writing. Owned by one session. */
export interface JournalHandle extends JournalReader {
  /**
   * Writes a batch, whole or not at all, and resolves once it is as safe as the journal promises. The session calls it again only after it has settled, and
   * gathers meanwhile what comes next.
   *
   * @throws {@link JournalError} `JOURNAL_FULL` when the same batch can be tried again later, `JOURNAL_FAILED` when it cannot.
   */
  commit(batch: JournalBatch): Promise<void>;

  /**
   * What is known of tasks, in order; `undefined` for uids that the journal does not have. Sees all that was committed.
   *
   * @throws {@link JournalError} `JOURNAL_FAILED`.
   */
  recall(uids: readonly string[]): Promise<readonly (StoredTask | undefined)[]>;
}

/** JSON text, or bytes in the format of `node:v8`'s `serialize` for values that JSON cannot hold. */
export type Encoded = string | Uint8Array;

/** What is written at once. */
export interface JournalBatch {
  /** New tasks, in the order of their `sequence`. */
  readonly accepted: readonly AcceptedTask[];
  /** At most one for each task, the latest; none for tasks in `results`. */
  readonly changes: readonly StateChange[];
  /** At most one for each task. A task that ends anew after a resume has a further one, in a later batch; the last one counts. */
  readonly results: readonly TaskEnding[];
}

/** A task that the session accepted. */
export interface AcceptedTask {
  /** Number of the task in its session, from 0; rises with each. */
  readonly sequence: number;
  readonly uid: string;
  /** When the session accepted the task, in Unix milliseconds. */
  readonly submitted: number;
  /** What the user asked for, as the session encodes it; without secrets. */
  readonly description: Encoded;
}

/** A task reached a state before its last one. */
export interface StateChange {
  readonly sequence: number;
  readonly state: TaskState;
  /** Attempts handed to a backend so far. */
  readonly attempt: number;
  readonly backend?: string;
  /** When, in Unix milliseconds. */
  readonly at: number;
  /** Why the attempt before is to be repeated, when it is. */
  readonly reason?: string;
}

/** A task settled. */
export interface TaskEnding {
  readonly sequence: number;
  readonly result: StoredResult;
}

/** A result, in parts: those that may be large are apart, for the journal to keep them where it wants. */
export interface StoredResult {
  readonly state: TerminalTaskState;
  readonly attempts: number;
  readonly backend?: string;
  /** When the task settled, in Unix milliseconds. */
  readonly finished: number;
  /** Exit code of an executable. */
  readonly exitCode?: number;
  /** Code and message of the error of a task that is not `DONE`. */
  readonly error?: { readonly code: string; readonly message: string };
  /** The other small parts of the result, as JSON. */
  readonly details: string;
  /** Absent when empty. */
  readonly stdout?: string;
  /** Absent when empty. */
  readonly stderr?: string;
  /** What a function returned or a model answered; absent for `undefined`, and for executables, whose value is their `stdout`. */
  readonly value?: Encoded;
  /** Under which the result can be looked up by later tasks. */
  readonly cacheKey?: string;
}

/** A task as the journal has it. */
export interface StoredTask extends AcceptedTask {
  /** Absent while the task has not settled. */
  readonly result?: StoredResult;
}

/** A session's journal, read and ready for more. */
export interface ResumedJournal {
  readonly session: JournaledSession;
  readonly handle: JournalHandle;
  /** All tasks, in the order of `sequence`. */
  readonly tasks: readonly ResumedTask[];
  /** What was damaged or unfinished and had to be dropped, in words for the user; empty when all was well. */
  readonly dropped: readonly string[];
}

/** A task as a resumed session finds it. */
export interface ResumedTask {
  readonly sequence: number;
  readonly uid: string;
  /** True when it ended `DONE` and its result is whole: it will not run again. */
  readonly done: boolean;
  /** Attempts known to have been handed to a backend. */
  readonly attempt: number;
  /** When the session accepted the task, in Unix milliseconds. */
  readonly submitted: number;
  /** Absent for tasks that are done; {@link JournalHandle.recall} has it. */
  readonly description?: Encoded;
}
