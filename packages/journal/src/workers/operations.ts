import type {
  JournalBatch,
  JournaledSession,
  JournalErrorCode,
  ResumedTask,
  StoredResult,
  StoredTask,
  TaskState,
} from "@rhapsody/core";
import type { TaskPage, TaskSummary } from "../store/overview.ts";
import type { StoreOptions } from "../store/store-options.ts";

/** What a journal's thread does when it is asked; the first request is `create`, `resume` or `read`, the last one `close`. */
export interface Operations {
  create(place: { readonly options: StoreOptions; readonly session: JournaledSession }): void;
  resume(options: StoreOptions): ResumedStore;
  read(path: string): JournaledSession;
  commit(batch: JournalBatch): void;
  recall(uids: readonly string[]): readonly (StoredTask | undefined)[];
  cached(keys: readonly string[]): readonly (StoredResult | undefined)[];
  counts(argument: undefined): Readonly<Partial<Record<TaskState, number>>>;
  tasks(page: TaskPage): readonly TaskSummary[];
  close(argument: undefined): void;
}

export type OperationName = keyof Operations;

/** A resumed journal as it crosses to another thread. */
export interface ResumedStore {
  readonly session: JournaledSession;
  readonly tasks: readonly ResumedTask[];
  readonly dropped: readonly string[];
}

/** A request: its number, what to do, and with what. A list, which is copied faster than an object. */
export type Request<K extends OperationName = OperationName> = readonly [
  id: number,
  name: K,
  argument: Parameters<Operations[K]>[0],
];

/** The answer to the request of that number. */
export type Answer =
  | readonly [id: number, ok: true, value: unknown]
  | readonly [id: number, ok: false, failure: Failure];

/** What was thrown. */
export interface Failure {
  readonly code: JournalErrorCode;
  readonly message: string;
  readonly cause: unknown;
}
