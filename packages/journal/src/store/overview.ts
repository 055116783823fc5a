import type { TaskState } from "@rhapsody/core";
import { Query, type Row } from "./query.ts";
import { read } from "./rows.ts";
import type { Database } from "./sqlite.ts";

/** A task of a journal at a glance. */
export interface TaskSummary {
  /** Number of the task in its session, from 0. */
  readonly sequence: number;
  readonly uid: string;
  readonly state: TaskState;
  /** Attempts handed to a backend so far, as far as the journal knows. */
  readonly attempts: number;
  readonly backend?: string;
  /** When the session accepted the task, in Unix milliseconds. */
  readonly submitted: number;
  /** Since when it has been in its state, in Unix milliseconds. */
  readonly since: number;
  /** Exit code of an executable that has settled. */
  readonly exitCode?: number;
  /** Why a settled task is not `DONE`. */
  readonly error?: { readonly code: string; readonly message: string };
  /** Why the attempt before is to be repeated, while it is. */
  readonly reason?: string;
}

/** Which tasks to list. */
export interface TaskPage {
  /** Only those after this one, by {@link TaskSummary.sequence}. @defaultValue from the first one on */
  readonly after?: number;
  /** At most so many. @defaultValue 1,000 */
  readonly limit?: number;
}

/** Tasks of a journal, counted and listed. */
export class Overview {
  readonly #counts: Query;
  readonly #tasks: Query;

  constructor(db: Database) {
    this.#counts = new Query(db, "SELECT state, count(*) FROM overview GROUP BY state");
    this.#tasks = new Query(
      db,
      `SELECT sequence, uid, state, attempts, backend, submitted, since, exit_code, error_code, error_message, reason
        FROM overview WHERE sequence > ? ORDER BY sequence LIMIT ?`,
    );
  }

  counts(): Readonly<Partial<Record<TaskState, number>>> {
    return Object.fromEntries(this.#counts.all().map(([state, count]) => [read(state), Number(count)]));
  }

  tasks({ after = -1, limit = 1_000 }: TaskPage): readonly TaskSummary[] {
    return this.#tasks.all(after, limit).map(toSummary);
  }
}

function toSummary(row: Row): TaskSummary {
  const [sequence, uid, state, attempts, backend, submitted, since, exitCode, errorCode, errorMessage, reason] = row;
  return {
    sequence: Number(sequence),
    uid: read(uid),
    // What this package wrote.
    state: state as TaskState,
    attempts: Number(attempts),
    ...(backend != null && { backend: read(backend) }),
    submitted: Number(submitted),
    since: Number(since),
    ...(exitCode != null && { exitCode: Number(exitCode) }),
    ...(errorCode != null && { error: { code: read(errorCode), message: read(errorMessage) } }),
    ...(reason != null && { reason: read(reason) }),
  };
}
