import { describe, expect, it, onTestFinished } from "vitest";
import { nthBatch, SESSION } from "../__fixtures__/batches.ts";
import { temporaryPath } from "../__fixtures__/temporary-path.ts";
import { createStore } from "./create-store.ts";
import { migrate } from "./migrate.ts";
import { type Database, DatabaseSync } from "./sqlite.ts";

/** A journal of version 1 with two commits. */
function openOld(): Database {
  const path = temporaryPath();
  const store = createStore({ path, sync: "batch", spillBytes: 65_536 }, SESSION);
  store.commit(nthBatch(0));
  store.commit(nthBatch(1));
  store.close();
  const db = new DatabaseSync(path);
  onTestFinished(() => db.close());
  return db;
}

function read(db: Database, sql: string): unknown {
  return Object.values(db.prepare(sql).get() ?? {})[0];
}

describe("migrate", () => {
  it("takes all steps from the file's version on, and keeps its rows", () => {
    const db = openOld();

    migrate(db, [
      (open) => open.exec("ALTER TABLE tasks ADD COLUMN priority INTEGER"),
      (open) => open.exec("UPDATE tasks SET priority = sequence"),
    ]);

    expect(read(db, "PRAGMA user_version")).toBe(3);
    expect(read(db, "SELECT sum(priority) FROM tasks")).toBe(28);
  });

  it("takes only the steps that are left", () => {
    const db = openOld();
    db.exec("PRAGMA user_version=2");
    const unreachable = (): void => {
      throw new Error("version 1 is behind us");
    };

    migrate(db, [unreachable, (open) => open.exec("CREATE TABLE later (a)")]);

    expect(read(db, "PRAGMA user_version")).toBe(3);
  });

  it("leaves the file as it was when a step fails", () => {
    const db = openOld();

    expect(() =>
      migrate(db, [
        (open) => open.exec("ALTER TABLE tasks ADD COLUMN priority INTEGER"),
        (open) => open.exec("SELECT no_such_column FROM tasks"),
      ]),
    ).toThrow("no_such_column");

    expect(read(db, "PRAGMA user_version")).toBe(1);
    expect(() => read(db, "SELECT priority FROM tasks")).toThrow("priority");
  });

  it("does nothing to a file of the newest version", () => {
    const db = openOld();
    const before = read(db, "PRAGMA data_version");

    migrate(db);

    expect(read(db, "PRAGMA user_version")).toBe(1);
    expect(read(db, "PRAGMA data_version")).toBe(before);
  });
});
