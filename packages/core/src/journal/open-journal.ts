import { resolvePackage } from "../discovery/installed-packages.ts";
import { JournalError } from "../errors/journal-error.ts";
import type { Journal } from "./journal.ts";

const PACKAGE = "@rhapsody/journal";

/**
 * The journal at a path, by the package for that, which is loaded on demand; a journal object as it is.
 *
 * @throws {@link JournalError} `JOURNAL_NOT_INSTALLED`.
 */
export async function openJournal(journal: string | Journal): Promise<Journal> {
  if (typeof journal !== "string") return journal;
  const url = resolvePackage(PACKAGE);
  if (url === undefined) {
    const message = `${PACKAGE} is not installed: npm install ${PACKAGE}`;
    throw new JournalError("JOURNAL_NOT_INSTALLED", { location: journal, message });
  }
  // The package's own type, which core cannot import: a journal says by its contract what it is.
  const { createJournal } = (await import(url)) as { readonly createJournal: (path: string) => Journal };
  return createJournal(journal);
}
