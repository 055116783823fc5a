/** {@link SqliteJournalOptions} after defaults, and where the journal is. */
export interface StoreOptions {
  /** Absolute path. */
  readonly path: string;
  readonly sync: "batch" | "always";
  readonly spillBytes: number;
}
