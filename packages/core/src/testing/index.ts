export { MemoryJournal, type MemoryJournalOptions } from "./memory-journal.ts";
export { RecordingBackend, type RecordedAnswer, type RecordingBackendOptions } from "./recording-backend.ts";
