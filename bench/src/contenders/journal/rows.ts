import { DatabaseSync, type SQLInputValue } from "node:sqlite";

/** All that a database holds. */
export interface Rows {
  /** The statements that make its tables and indices. */
  readonly schema: readonly string[];
  /** The rows of each table, as lists of their columns. */
  readonly tables: ReadonlyMap<string, readonly SQLInputValue[][]>;
}

/** Reads a journal whole, with nothing between us and SQLite. */
export function readRows(path: string): Rows {
  const db = new DatabaseSync(path, { readOnly: true });
  const list = (sql: string): SQLInputValue[][] => {
    const statement = db.prepare(sql);
    statement.setReturnArrays(true);
    // Typed for rows as objects only.
    return statement.all() as unknown as SQLInputValue[][];
  };
  const entries = db
    .prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
    .all() as unknown as readonly { readonly type: string; readonly name: string; readonly sql: string }[];
  const tables = new Map<string, SQLInputValue[][]>();
  for (const { type, name } of entries) if (type === "table") tables.set(name, list(`SELECT * FROM ${name}`));
  db.close();
  return { schema: entries.map(({ sql }) => sql), tables };
}
