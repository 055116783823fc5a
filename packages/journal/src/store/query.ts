import type { SQLInputValue, StatementSync } from "node:sqlite";
import type { Database } from "./sqlite.ts";

/** What a column holds. */
export type Value = string | number | bigint | Uint8Array | null;

/** A row as the list of its columns. */
export type Row = readonly Value[];

/** A prepared query that gives rows as lists, in the order of its columns. */
export class Query {
  readonly #statement: StatementSync;

  constructor(db: Database, sql: string) {
    this.#statement = db.prepare(sql);
    this.#statement.setReturnArrays(true);
  }

  all(...parameters: readonly SQLInputValue[]): readonly Row[] {
    // Typed for rows as objects only.
    return this.#statement.all(...parameters) as unknown as Row[];
  }

  first(...parameters: readonly SQLInputValue[]): Row | undefined {
    return this.#statement.get(...parameters) as unknown as Row | undefined;
  }

  *each(...parameters: readonly SQLInputValue[]): Generator<Row, undefined> {
    yield* this.#statement.iterate(...parameters) as unknown as Iterable<Row>;
  }
}
