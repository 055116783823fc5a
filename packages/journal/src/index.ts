export { readJournal, type JournalView } from "./journal/read-journal.ts";
export { createJournal, SqliteJournal, type SqliteJournalOptions } from "./journal/sqlite-journal.ts";
export type { TaskPage, TaskSummary } from "./store/overview.ts";
