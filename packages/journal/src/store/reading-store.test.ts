import { copyFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { batch, done, known, nthBatch, SESSION, tasks } from "../__fixtures__/batches.ts";
import { temporaryPath } from "../__fixtures__/temporary-path.ts";
import { createStore } from "./create-store.ts";
import { ReadingStore } from "./reading-store.ts";
import { DatabaseSync } from "./sqlite.ts";
import type { WritingStore } from "./writing-store.ts";

const optionsOf = (path: string) => ({ path, sync: "batch", spillBytes: 65_536 }) as const;

function create(path: string): WritingStore {
  const store = createStore(optionsOf(path), SESSION);
  onTestFinished(() => store.close());
  return store;
}

function open(path: string): ReadingStore {
  const store = new ReadingStore(path);
  onTestFinished(() => store.close());
  return store;
}

describe("ReadingStore", () => {
  it("sees each commit of a running session once it is made", () => {
    const path = temporaryPath();
    const writing = create(path);
    const reading = open(path);

    expect(reading.counts()).toEqual({});
    writing.commit(nthBatch(0));
    expect(reading.counts()).toEqual({ SCHEDULING_PENDING: 4 });
    writing.commit(nthBatch(1));

    expect(reading.session).toEqual(SESSION);
    expect(reading.counts()).toEqual({ SCHEDULING_PENDING: 4, EXECUTING: 1, DONE: 2, FAILED: 1 });
    expect(reading.recall(["task.0", "task.7", "none"])).toEqual([
      known([nthBatch(0), nthBatch(1)])[0],
      known([nthBatch(1)])[3],
      undefined,
    ]);
    expect(reading.cached(["key.0"])).toMatchObject([{ stdout: "output of 0" }]);
  });

  it("lists tasks a page at a time", () => {
    const path = temporaryPath();
    const writing = create(path);
    writing.commit(batch({ accepted: tasks(0, 5) }));
    writing.commit(
      batch({
        results: [done(1)],
        changes: [{ sequence: 3, state: "SCHEDULING_PENDING", attempt: 1, at: 5, reason: "lost" }],
      }),
    );
    const reading = open(path);

    const first = reading.tasks({ limit: 2 });
    const rest = reading.tasks({ after: first.at(-1)?.sequence ?? -1 });

    expect(first.map(({ uid, state }) => [uid, state])).toEqual([
      ["task.0", "SCHEDULING_PENDING"],
      ["task.1", "DONE"],
    ]);
    expect(first[1]).toEqual({
      sequence: 1,
      uid: "task.1",
      state: "DONE",
      attempts: 1,
      backend: "local",
      submitted: 1_700_000_000_001,
      since: 1_700_000_001_000,
      exitCode: 0,
    });
    expect(rest.map(({ sequence }) => sequence)).toEqual([2, 3, 4]);
    expect(rest[1]).toMatchObject({ attempts: 1, since: 5, reason: "lost" });
  });

  it("reads what a killed session left, without changing it", () => {
    const source = temporaryPath();
    const writing = create(source);
    writing.commit(nthBatch(0));
    const path = temporaryPath();
    for (const suffix of ["", "-wal"]) copyFileSync(`${source}${suffix}`, `${path}${suffix}`);
    const before = ["", "-wal"].map((suffix) => readFileSync(`${path}${suffix}`));

    const reading = new ReadingStore(path);
    const counts = reading.counts();
    reading.close();

    expect(counts).toEqual({ SCHEDULING_PENDING: 4 });
    expect(["", "-wal"].map((suffix) => readFileSync(`${path}${suffix}`))).toEqual(before);
  });

  it("finds nothing where there is no journal, and makes nothing", () => {
    const path = temporaryPath();

    expect(() => new ReadingStore(path)).toThrow(expect.objectContaining({ code: "JOURNAL_NOT_FOUND" }));

    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it("refuses what is no journal", () => {
    const path = temporaryPath();
    writeFileSync(path, "text");

    expect(() => new ReadingStore(path)).toThrow(expect.objectContaining({ code: "JOURNAL_INVALID" }));
    expect(() => new ReadingStore(dirname(path))).toThrow(expect.objectContaining({ code: "JOURNAL_INVALID" }));
  });

  it.each([0.5, 0.9])("says how to save the rest of a journal of which %d is left", (left) => {
    const path = temporaryPath();
    const writing = createStore(optionsOf(path), SESSION);
    for (let number = 0; number < 100; number += 1) writing.commit(nthBatch(number));
    writing.close();
    truncateSync(path, Math.floor(statSync(path).size * left));

    expect(() => open(path).counts()).toThrow(
      expect.objectContaining({
        code: "JOURNAL_CORRUPT",
        message: "it is damaged: resume its session, which saves what can be read",
      }),
    );
  });

  it("refuses a journal that no longer says whose it is", () => {
    const path = temporaryPath();
    createStore(optionsOf(path), SESSION).close();
    const db = new DatabaseSync(path);
    db.exec("UPDATE session SET uid = 'session.other'");
    db.close();

    expect(() => new ReadingStore(path)).toThrow(expect.objectContaining({ code: "JOURNAL_CORRUPT" }));
  });
});
