import type { RecordOwner, TaskRecord } from "../graph/task-record.ts";

/** All that the records of a session hold of it, until it is closed: a future that is kept keeps no closed session. */
export class SessionTie implements RecordOwner {
  readonly sessionUid: string;
  #cancel: RecordOwner["cancel"] | undefined;

  constructor(sessionUid: string, cancel: RecordOwner["cancel"]) {
    this.sessionUid = sessionUid;
    this.#cancel = cancel;
  }

  async cancel(records: readonly TaskRecord[], reason: string): Promise<void> {
    await this.#cancel?.(records, reason);
  }

  /** Lets go of the session, of which all records have settled. */
  cut(): void {
    this.#cancel = undefined;
  }
}
