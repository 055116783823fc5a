import type { Journal, ResumedJournal } from "./journal.ts";

/** A journal that is open already, as a session takes it that goes on with it. */
export function alreadyResumed(journal: Journal, { handle }: ResumedJournal): Journal {
  return {
    contract: journal.contract,
    location: journal.location,
    create: async () => handle,
    resume: () => journal.resume(),
    read: () => journal.read(),
  };
}
