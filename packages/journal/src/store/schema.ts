/** Marks a database file as a journal: "RHPJ" in ASCII. */
export const APPLICATION_ID = 0x52_48_50_4a;

/** Version of the format that this package writes. */
export const SCHEMA_VERSION = 1;

/**
 * The format. Rows are only ever added, so that damage costs what came after it and nothing before. Changes and results are numbered together, in the
 * order in which they were written.
 */
export const SCHEMA: readonly string[] = [
  "CREATE TABLE session (uid TEXT NOT NULL, work_dir TEXT NOT NULL, created INTEGER NOT NULL, checksum INTEGER NOT NULL)",
  `CREATE TABLE commits (number INTEGER PRIMARY KEY, at INTEGER NOT NULL, tasks INTEGER NOT NULL, changes INTEGER NOT NULL,
    results INTEGER NOT NULL, checksum INTEGER NOT NULL)`,
  `CREATE TABLE tasks (sequence INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, submitted INTEGER NOT NULL, description BLOB NOT NULL)`,
  `CREATE TABLE changes (number INTEGER PRIMARY KEY, task INTEGER NOT NULL, state TEXT NOT NULL, attempt INTEGER NOT NULL,
    backend TEXT, at INTEGER NOT NULL, reason TEXT)`,
  `CREATE TABLE results (number INTEGER PRIMARY KEY, task INTEGER NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL,
    backend TEXT, finished INTEGER NOT NULL, exit_code INTEGER, error_code TEXT, error_message TEXT, details TEXT NOT NULL,
    stdout TEXT, stderr TEXT, value BLOB, files TEXT, cache_key TEXT)`,
  "CREATE INDEX changes_task ON changes (task)",
  "CREATE INDEX results_task ON results (task)",
  "CREATE INDEX results_cache_key ON results (cache_key) WHERE cache_key IS NOT NULL",
  `CREATE VIEW overview AS
    SELECT t.sequence, t.uid, coalesce(r.state, c.state, 'SCHEDULING_PENDING') AS state,
      max(coalesce(r.attempts, 0), coalesce(c.attempt, 0)) AS attempts,
      coalesce(r.backend, c.backend) AS backend, t.submitted, coalesce(r.finished, c.at, t.submitted) AS since,
      r.exit_code, r.error_code, r.error_message, c.reason
    FROM tasks t
    LEFT JOIN changes c ON c.number = (SELECT max(number) FROM changes WHERE task = t.sequence)
    LEFT JOIN results r ON r.number = (SELECT max(number) FROM results WHERE task = t.sequence)
      AND r.number > coalesce(c.number, 0)`,
];

/** Columns of the tables that commits add rows to, in the order in which they are written, read and checked. */
export const COLUMNS = {
  tasks: ["sequence", "uid", "submitted", "description"],
  changes: ["number", "task", "state", "attempt", "backend", "at", "reason"],
  results: [
    "number",
    "task",
    "state",
    "attempts",
    "backend",
    "finished",
    "exit_code",
    "error_code",
    "error_message",
    "details",
    "stdout",
    "stderr",
    "value",
    "files",
    "cache_key",
  ],
  commits: ["number", "at", "tasks", "changes", "results", "checksum"],
} as const;

/** The statement that adds a row to a table. */
export function insertInto(table: keyof typeof COLUMNS): string {
  const columns = COLUMNS[table];
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
}

/** The query of all rows of a table, in the order in which they were written. */
export function selectAll(table: keyof typeof COLUMNS): string {
  const columns = COLUMNS[table];
  return `SELECT ${columns.join(", ")} FROM ${table} ORDER BY ${columns[0]}`;
}
