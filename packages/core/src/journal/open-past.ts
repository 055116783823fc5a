import { JournalError } from "../errors/journal-error.ts";
import { RhapsodyError } from "../errors/rhapsody-error.ts";
import type { Journal, ResumedJournal } from "./journal.ts";
import { openJournal } from "./open-journal.ts";

/** What is known of the session that a journal should hold. */
export interface Past {
  /** Absent: any. */
  readonly uid?: string | undefined;
  /** True when there need not be one. */
  readonly create?: boolean | undefined;
}

/**
 * Opens the journal of a session that is to go on; `resumed` is absent when there is none, and there need not be one.
 *
 * @throws {@link JournalError} as {@link Journal.resume} does, or `JOURNAL_OTHER_SESSION`.
 */
export async function openPast(
  journal: string | Journal,
  { uid, create = false }: Past,
): Promise<{ readonly place: Journal; readonly resumed?: ResumedJournal }> {
  const place = await openJournal(journal);
  let resumed: ResumedJournal;
  try {
    resumed = await place.resume();
  } catch (error) {
    if (create && RhapsodyError.isInstance(error) && error.code === "JOURNAL_NOT_FOUND") return { place };
    throw error;
  }
  const { session, handle } = resumed;
  if (uid === undefined || uid === session.uid) return { place, resumed };
  await handle.close();
  const message = `holds session ${session.uid}, not ${uid}: give the journal of that session, or leave uid out`;
  throw new JournalError("JOURNAL_OTHER_SESSION", { location: place.location, message });
}
