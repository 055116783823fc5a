import { type Backend, Session } from "@rhapsody/core";
import { SqliteJournal } from "@rhapsody/journal";
import { readSettings } from "../contender.ts";

/** A session over one backend, with a journal in the contender's own directory where the settings want one. */
export function openSession(backend: Backend): Session {
  return new Session({
    backends: [backend],
    ...(readSettings().journal && { journal: new SqliteJournal("journal.db") }),
  });
}
