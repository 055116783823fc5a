import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@rhapsody-internal/fixtures";
import { describe, expect, it, onTestFinished } from "vitest";
import { batch, done, known, SESSION, task, tasks } from "../__fixtures__/batches.ts";
import { temporaryPath } from "../__fixtures__/temporary-path.ts";
import { openForWriting } from "./connection.ts";
import { createStore } from "./create-store.ts";
import { resumeStore } from "./resume-store.ts";
import { toWriteFailure } from "./sqlite-failure.ts";
import { type Database, DatabaseSync } from "./sqlite.ts";
import { WriterLock } from "./writer-lock.ts";
import { WritingStore } from "./writing-store.ts";

const optionsOf = (path: string, spillBytes = 65_536) => ({ path, sync: "batch", spillBytes }) as const;

/** A journal that is open for writing, with the connection that it writes by. */
function openedStore(path: string): { readonly store: WritingStore; readonly db: Database } {
  createStore(optionsOf(path), SESSION).close();
  const db = openForWriting(path, { sync: "batch", network: false, busyTimeoutMs: 1 });
  return { store: new WritingStore(optionsOf(path), { db, lock: WriterLock.acquire(path) }), db };
}

/** Mounts a file system of that size at a directory, where that is allowed. */
function mountSmall(directory: string, bytes: number): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", directory], { stdio: "ignore" });
  } catch {
    return false;
  }
  onTestFinished(() => void execFileSync("umount", ["--lazy", directory]));
  return true;
}

const big = (first: number) =>
  batch({ accepted: tasks(first, 200).map((entry) => ({ ...entry, description: `"${"x".repeat(1_000)}"` })) });

describe("a journal without room", () => {
  it("writes nothing of a batch, and takes the same one once there is room", () => {
    const path = temporaryPath();
    const { store, db } = openedStore(path);
    const batches = [batch({ accepted: tasks(0, 2) }), big(2), batch({ accepted: [task(500)], results: [done(1)] })];
    store.commit(batches[0]!);
    db.exec("PRAGMA max_page_count=20");

    for (let tries = 0; tries < 3; tries += 1) {
      expect(() => store.commit(batches[1]!)).toThrow(expect.objectContaining({ code: "JOURNAL_FULL" }));
    }
    expect(store.recall(["task.2"])).toEqual([undefined]);
    db.exec("PRAGMA max_page_count=1000000");
    store.commit(batches[1]!);
    store.commit(batches[2]!);
    store.close();

    const resumed = resumeStore(optionsOf(path));
    const uids = resumed.tasks.map(({ uid }) => uid);
    expect(resumed.dropped).toEqual([]);
    expect(resumed.store.recall(uids)).toEqual(known(batches));
    resumed.store.close();
  });

  it("keeps no file of a batch that it could not write", () => {
    const path = temporaryPath();
    const { store, db } = openedStore(path);
    store.commit(batch({ accepted: tasks(0, 1) }));
    db.exec("PRAGMA max_page_count=20");

    const entry = { ...big(2), results: [done(0, { stdout: "x".repeat(100_000) })] };
    expect(() => store.commit(entry)).toThrow(expect.objectContaining({ code: "JOURNAL_FULL" }));

    expect(readdirSync(`${path}-files`)).toEqual([]);
    store.close();
  });

  it("goes on after a disk was really full, for rows and for files", ({ skip }) => {
    const directory = temporaryDirectory();
    skip(!mountSmall(directory, 2_000_000), "mounting a small file system takes root");
    const path = join(directory, "run.db");
    const store = createStore(optionsOf(path, 500_000), SESSION);
    const filler = join(directory, "filler");
    const file = batch({ results: [done(0, { stdout: "x".repeat(500_000) })] });
    store.commit(batch({ accepted: tasks(0, 2) }));
    fill(filler);

    expect(() => store.commit(big(2))).toThrow(expect.objectContaining({ code: "JOURNAL_FULL" }));
    expect(() => store.commit(file)).toThrow(expect.objectContaining({ code: "JOURNAL_FULL" }));
    rmSync(filler);
    store.commit(big(2));
    store.commit(file);
    fill(filler);
    store.close();

    const resumed = resumeStore(optionsOf(path));
    expect(resumed.tasks).toHaveLength(202);
    expect(resumed.tasks[0]).toMatchObject({ uid: "task.0", done: true });
    expect(resumed.dropped).toEqual([]);
    resumed.store.close();
  });

  it("says that it cannot be opened for want of room, and can be once there is some", ({ skip }) => {
    const directory = temporaryDirectory();
    skip(!mountSmall(directory, 2_000_000), "mounting a small file system takes root");
    const path = join(directory, "run.db");
    const filler = join(directory, "filler");
    const refusal = expect.objectContaining({
      code: "JOURNAL_UNWRITABLE",
      message: expect.stringContaining("no room left") as string,
    }) as Error;
    fill(filler);

    expect(() => createStore(optionsOf(path), SESSION)).toThrow(refusal);
    rmSync(filler);
    createStore(optionsOf(path), SESSION).close();
    fill(filler);
    expect(() => resumeStore(optionsOf(path))).toThrow(refusal);
    rmSync(filler);

    const resumed = resumeStore(optionsOf(path));
    expect(resumed.session).toEqual(SESSION);
    resumed.store.close();
  });

  it("goes on after its files had reached the limit on their size", ({ skip }) => {
    const limit = (bytes: string) => execFileSync("prlimit", ["--pid", `${process.pid}`, `--fsize=${bytes}:`]);
    skip(process.platform !== "linux", "setting limits of a running process takes Linux");
    onTestFinished(() => void limit("unlimited"));
    const path = temporaryPath();
    const store = createStore(optionsOf(path), SESSION);
    const file = batch({ results: [done(0, { stdout: "x".repeat(500_000) })] });
    store.commit(batch({ accepted: tasks(0, 2) }));
    limit(String(statSync(`${path}-wal`).size + 6_000));

    expect(() => store.commit(big(2))).toThrow(expect.objectContaining({ code: "JOURNAL_FULL" }));
    expect(() => store.commit(file)).toThrow(expect.objectContaining({ code: "JOURNAL_FULL" }));
    limit("unlimited");
    store.commit(big(2));
    store.commit(file);

    expect(store.recall(["task.201"])).toEqual([expect.objectContaining({ uid: "task.201" })]);
    store.close();
  });

  it("waits for another program that has the file locked, and says so when that takes too long", () => {
    const path = temporaryPath();
    const { store } = openedStore(path);
    const other = new DatabaseSync(path);
    other.exec("BEGIN IMMEDIATE");

    expect(() => store.commit(batch({ accepted: tasks(0, 1) }))).toThrow(
      expect.objectContaining({ code: "JOURNAL_FULL", message: expect.stringContaining("another program") as string }),
    );
    other.exec("ROLLBACK");
    other.close();
    store.commit(batch({ accepted: tasks(0, 1) }));

    expect(store.recall(["task.0"])).toEqual([task(0)]);
    store.close();
  });
});

/** Writes until nothing more fits. */
function fill(file: string): void {
  for (const bytes of [65_536, 1]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(bytes), { flag: "a" });
    } catch {
      // Full.
    }
  }
}

describe("toWriteFailure", () => {
  const path = "/nowhere/run.db";

  it.each([
    ["a full disk", { errcode: 13 }, "JOURNAL_FULL"],
    ["a locked file", { errcode: 5 }, "JOURNAL_FULL"],
    ["a snapshot that others have left behind", { errcode: 517 }, "JOURNAL_FULL"],
    ["a full quota, for a file", { code: "EDQUOT" }, "JOURNAL_FULL"],
    ["a broken disk", { errcode: 778 }, "JOURNAL_FAILED"],
    ["a damaged file", { errcode: 11 }, "JOURNAL_FAILED"],
    ["a constraint", { errcode: 2_067 }, "JOURNAL_FAILED"],
  ])("takes %s for what it is", (_, fields, code) => {
    expect(toWriteFailure(Object.assign(new Error("how"), fields), path).code).toBe(code);
  });

  it("takes what SQLite cannot write for a full disk when nothing else can be written either", ({ skip }) => {
    const directory = join(temporaryDirectory(), "small");
    mkdirSync(directory);
    skip(!mountSmall(directory, 100_000), "mounting a small file system takes root");
    fill(join(directory, "filler"));

    const failure = toWriteFailure(
      Object.assign(new Error("disk I/O error"), { errcode: 778 }),
      join(directory, "run.db"),
    );

    expect(failure.code).toBe("JOURNAL_FULL");
    expect(readdirSync(directory)).toEqual(["filler"]);
  });
});
