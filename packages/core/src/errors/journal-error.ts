import { RhapsodyError } from "./rhapsody-error.ts";

/**
 * Codes of {@link JournalError}. Unless said otherwise the file was not touched.
 *
 * - `JOURNAL_NOT_INSTALLED`: a path was given, and `@rhapsody/journal` is not installed.
 * - `JOURNAL_NOT_FOUND`: there is nothing to resume at that place.
 * - `JOURNAL_NOT_EMPTY`: a new session was to begin in a journal that holds one already: resume it, or name another file.
 * - `JOURNAL_OTHER_SESSION`: the journal is of a session with another uid.
 * - `JOURNAL_INVALID`: the file is no journal, or cannot be read.
 * - `JOURNAL_VERSION`: the journal was written by a newer version of the package.
 * - `JOURNAL_CORRUPT`: the journal is so damaged that not even its beginning can be read.
 * - `JOURNAL_UNWRITABLE`: the place cannot be written to.
 * - `JOURNAL_IN_USE`: another session writes to the journal.
 * - `JOURNAL_FULL`: there is no room left, or another program keeps the file locked; nothing of the batch was written, and it can be tried again.
 * - `JOURNAL_FAILED`: writing failed for good.
 */
export type JournalErrorCode =
  | "JOURNAL_NOT_INSTALLED"
  | "JOURNAL_NOT_FOUND"
  | "JOURNAL_NOT_EMPTY"
  | "JOURNAL_OTHER_SESSION"
  | "JOURNAL_INVALID"
  | "JOURNAL_VERSION"
  | "JOURNAL_CORRUPT"
  | "JOURNAL_UNWRITABLE"
  | "JOURNAL_IN_USE"
  | "JOURNAL_FULL"
  | "JOURNAL_FAILED";

/** A journal that cannot be opened, read or written. */
export class JournalError extends RhapsodyError {
  static {
    this.prototype.name = "JournalError";
  }

  declare readonly code: JournalErrorCode;

  /** Where the journal is, usually the path of its file. */
  readonly location: string;

  /** True when the same call may succeed later with no change by the caller. */
  readonly retryable: boolean;

  constructor(code: JournalErrorCode, init: ErrorOptions & { readonly location: string; readonly message: string }) {
    super(code, `[journal ${init.location}] ${init.message}`, init);
    this.location = init.location;
    this.retryable = code === "JOURNAL_FULL" || code === "JOURNAL_IN_USE";
  }
}
