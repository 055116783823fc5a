import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "@rhapsody-internal/fixtures";
import { describe, expect, it, onTestFinished } from "vitest";
import { batch, done, failed, known, nthBatch, SESSION, task, tasks } from "../__fixtures__/batches.ts";
import { temporaryPath } from "../__fixtures__/temporary-path.ts";
import { createStore } from "./create-store.ts";
import { resumeStore, type Resumption } from "./resume-store.ts";
import { DatabaseSync } from "./sqlite.ts";
import type { WritingStore } from "./writing-store.ts";

const SPILL_BYTES = 1_000;

const optionsOf = (path: string) => ({ path, sync: "batch", spillBytes: SPILL_BYTES }) as const;

function create(path: string): WritingStore {
  const store = createStore(optionsOf(path), SESSION);
  onTestFinished(() => store.close());
  return store;
}

function resume(path: string): Resumption {
  const resumption = resumeStore(optionsOf(path));
  onTestFinished(() => resumption.store.close());
  return resumption;
}

/** A closed journal with these batches. */
function written(path: string, ...batches: readonly Parameters<WritingStore["commit"]>[0][]): string {
  const store = createStore(optionsOf(path), SESSION);
  for (const entry of batches) store.commit(entry);
  store.close();
  return path;
}

/** Names and contents of all files of a directory, directories in it apart. */
function contents(directory: string): Record<string, string> {
  const files = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile());
  const hashOf = (name: string) =>
    createHash("sha256")
      .update(readFileSync(join(directory, name)))
      .digest("hex");
  return Object.fromEntries(files.map(({ name }) => [name, hashOf(name)]));
}

describe("committing", () => {
  it("gives back all that was written, bytes and text as they were", () => {
    const path = temporaryPath();
    const store = create(path);
    const odd = done(0, {
      stdout: "a\0b\u{1f600}",
      stderr: "",
      value: "null",
      error: { code: "X", message: "\0" },
      backend: "ü",
    });
    const batches = [batch({ accepted: tasks(0, 3) }), batch({ results: [odd, failed(1)] })];

    for (const entry of batches) store.commit(entry);

    expect(store.recall(["task.0", "task.1", "task.2", "task.3"])).toEqual([...known(batches), undefined]);
  });

  it("writes nothing for an empty batch", () => {
    const path = written(temporaryPath(), batch({}));

    expect(resume(path).tasks).toEqual([]);
  });

  it("refuses a task whose sequence does not rise, and writes nothing of its batch", () => {
    const store = create(temporaryPath());
    store.commit(batch({ accepted: tasks(0, 2) }));

    expect(() => store.commit(batch({ accepted: [task(5), task(1)] }))).toThrow(
      expect.objectContaining({ code: "JOURNAL_FAILED" }),
    );

    expect(store.recall(["task.5"])).toEqual([undefined]);
    store.commit(batch({ accepted: [task(5)] }));
    expect(store.recall(["task.5"])).toEqual([task(5)]);
  });

  it("takes whole fractions of milliseconds and gaps between sequences", () => {
    const path = temporaryPath();
    const entry = { ...task(7), submitted: 1_700_000_000_000.25 };
    written(path, batch({ accepted: [entry] }), batch({ accepted: [task(90)], results: [done(7, { finished: 0.5 })] }));

    const { store, dropped, tasks: found } = resume(path);

    expect(dropped).toEqual([]);
    expect(found.map(({ sequence }) => sequence)).toEqual([7, 90]);
    expect(store.recall(["task.7"])[0]).toMatchObject({ submitted: 1_700_000_000_000.25, result: { finished: 0.5 } });
  });

  it("has text that is not well formed stored with replacement characters, without harm", () => {
    const path = written(
      temporaryPath(),
      batch({ accepted: [task(0)] }),
      batch({ results: [done(0, { stdout: "a\ud800" })] }),
    );

    const { store, dropped } = resume(path);

    expect(dropped).toEqual([]);
    expect(store.recall(["task.0"])[0]?.result?.stdout).toBe("a\ufffd");
  });
});

describe("resuming", () => {
  it("tells done tasks from those that run again, with attempts and descriptions", () => {
    const path = written(
      temporaryPath(),
      batch({ accepted: tasks(0, 4) }),
      batch({ changes: [{ sequence: 2, state: "EXECUTING", attempt: 3, at: 1 }], results: [done(0), failed(1)] }),
    );

    const { session, tasks: found, dropped } = resume(path);

    expect(session).toEqual(SESSION);
    expect(dropped).toEqual([]);
    expect(found).toEqual([
      { sequence: 0, uid: "task.0", done: true, attempt: 1, submitted: task(0).submitted },
      {
        sequence: 1,
        uid: "task.1",
        done: false,
        attempt: 2,
        submitted: task(1).submitted,
        description: task(1).description,
      },
      {
        sequence: 2,
        uid: "task.2",
        done: false,
        attempt: 3,
        submitted: task(2).submitted,
        description: task(2).description,
      },
      {
        sequence: 3,
        uid: "task.3",
        done: false,
        attempt: 0,
        submitted: task(3).submitted,
        description: task(3).description,
      },
    ]);
  });

  it("lets the last result of a task count, also over several resumes", () => {
    const path = written(temporaryPath(), batch({ accepted: tasks(0, 2) }), batch({ results: [failed(0), done(1)] }));
    const first = resumeStore(optionsOf(path));
    first.store.commit(batch({ accepted: [task(2)], results: [done(0, { stdout: "better" })] }));
    first.store.close();

    const { store, tasks: found } = resume(path);

    expect(found.map((entry) => entry.done)).toEqual([true, true, false]);
    expect(store.recall(["task.0"])[0]?.result).toMatchObject({ state: "DONE", stdout: "better" });
  });

  it("finds nothing where there is no journal, and leaves nothing", () => {
    const path = temporaryPath();

    expect(() => resumeStore(optionsOf(path))).toThrow(expect.objectContaining({ code: "JOURNAL_NOT_FOUND" }));
    writeFileSync(path, "");
    expect(() => resumeStore(optionsOf(path))).toThrow(expect.objectContaining({ code: "JOURNAL_NOT_FOUND" }));

    expect(readdirSync(dirname(path))).toEqual(["run.db"]);
  });

  it("goes on with a file that was moved together with its outputs", () => {
    const path = written(temporaryPath(), nthBatch(0), nthBatch(1));
    const copy = temporaryPath();
    writeFileSync(copy, readFileSync(path));

    expect(resume(copy).tasks).toHaveLength(8);
  });
});

describe("creating", () => {
  it("refuses a journal with tasks, and names the way on", () => {
    const path = written(temporaryPath(), nthBatch(0));
    const before = contents(dirname(path));

    expect(() => createStore(optionsOf(path), SESSION)).toThrow(
      expect.objectContaining({
        code: "JOURNAL_NOT_EMPTY",
        message: expect.stringContaining("Session.resume(") as string,
      }),
    );

    expect(contents(dirname(path))).toEqual(before);
  });

  it("takes the place of a session without tasks, and of an empty file", () => {
    const path = temporaryPath();
    writeFileSync(path, "");
    written(path);

    createStore(optionsOf(path), { ...SESSION, uid: "session.next" }).close();

    expect(resume(path).session.uid).toBe("session.next");
  });

  it("refuses a second writer of the same process", () => {
    const path = temporaryPath();
    create(path);

    for (const open of [() => createStore(optionsOf(path), SESSION), () => resumeStore(optionsOf(path))]) {
      expect(open).toThrow(
        expect.objectContaining({
          code: "JOURNAL_IN_USE",
          message: expect.stringContaining(`session ${SESSION.uid} of process ${process.pid}`) as string,
        }),
      );
    }
  });

  it.each([
    ["a text", (path: string) => writeFileSync(path, "no journal\n".repeat(1_000))],
    ["a short text", (path: string) => writeFileSync(path, "no")],
    ["a database of another application", (path: string) => makeDatabase(path, "CREATE TABLE t (a)")],
    [
      "a database marked as another's",
      (path: string) => makeDatabase(path, "PRAGMA application_id=5; CREATE TABLE t (a)"),
    ],
  ])("refuses %s, untouched", (_, make) => {
    const path = temporaryPath();
    make(path);
    const before = contents(dirname(path));

    for (const open of [() => createStore(optionsOf(path), SESSION), () => resumeStore(optionsOf(path))]) {
      expect(open).toThrow(expect.objectContaining({ code: "JOURNAL_INVALID" }));
    }

    expect(contents(dirname(path))).toEqual(before);
  });

  it("refuses a journal of a newer version, untouched, also when only its log says so", () => {
    const path = written(temporaryPath(), nthBatch(0));
    const newer = new DatabaseSync(path);
    onTestFinished(() => newer.close());
    newer.exec("PRAGMA user_version=2");
    const copy = temporaryPath();
    for (const suffix of ["", "-wal"]) writeFileSync(`${copy}${suffix}`, readFileSync(`${path}${suffix}`));
    const before = contents(dirname(copy));

    for (const open of [() => createStore(optionsOf(copy), SESSION), () => resumeStore(optionsOf(copy))]) {
      expect(open).toThrow(expect.objectContaining({ code: "JOURNAL_VERSION" }));
    }

    expect(contents(dirname(copy))).toEqual(before);
  });

  it.each([
    ["a directory that is missing", (directory: string) => join(directory, "missing", "run.db")],
    ["a path below a file", (directory: string) => join(makeFile(directory), "run.db")],
    ["a directory in the file's place", (directory: string) => directory],
    ["a device", () => "/dev/full"],
    ["a file system that takes no files", () => "/proc/run.db"],
  ])("refuses %s as not writable", (_, place) => {
    const path = place(temporaryDirectory());

    expect(() => createStore(optionsOf(path), SESSION)).toThrow(
      expect.objectContaining({ code: "JOURNAL_UNWRITABLE" }),
    );
  });
});

function makeDatabase(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

function makeFile(directory: string): string {
  const file = join(directory, "file");
  writeFileSync(file, "");
  return file;
}

describe("large outputs", () => {
  const large = "long line\n".repeat(500);
  const batches = [
    batch({ accepted: tasks(0, 2) }),
    batch({
      results: [done(0, { stdout: large, stderr: "short", value: new Uint8Array(5_000).fill(7), cacheKey: "key" })],
    }),
  ];

  it("lie in files and come back as they were", () => {
    const path = written(temporaryPath(), ...batches);

    expect(
      readdirSync(`${path}-files`)
        .map((name) => name.replace(/-[0-9a-f]+/, ""))
        .toSorted(),
    ).toEqual(["1.stdout", "1.value"]);
    const { store } = resume(path);
    expect(store.recall(["task.0", "task.1"])).toEqual(known(batches));
    expect(store.cached(["key", "other"])).toEqual([known(batches)[0]?.result, undefined]);
  });

  it.each([
    ["missing", (file: string) => rmSync(file), "is missing"],
    ["cut off", (file: string) => truncateSync(file, 10), "has 10 bytes, not 5000"],
  ])("that are %s make their task run again", (_, harm, words) => {
    const path = written(temporaryPath(), ...batches);
    harm(outputFile(path, "stdout"));

    const { store, tasks: found, dropped } = resume(path);

    expect(found[0]).toMatchObject({ done: false, description: task(0).description });
    expect(dropped).toEqual([expect.stringContaining(words)]);
    expect(dropped[0]).toContain("task.0");
    expect(store.cached(["key"])).toEqual([undefined]);
  });

  it("that were changed are noticed when they are recalled", () => {
    const path = written(temporaryPath(), ...batches);
    writeFileSync(outputFile(path, "value"), new Uint8Array(5_000).fill(8));
    const { store } = resume(path);

    expect(() => store.recall(["task.0"])).toThrow(expect.objectContaining({ code: "JOURNAL_FAILED" }));
    expect(store.cached(["key"])).toEqual([undefined]);
  });

  it("of commits that never came are cleared away at the next resume; other files stay", () => {
    const path = written(temporaryPath(), ...batches);
    const kept = readdirSync(`${path}-files`);
    const orphans = ["9-0123456789abcdef.stdout", "9-0123456789abcdef.value.part"];
    for (const name of [...orphans, "notes.txt"]) writeFileSync(join(`${path}-files`, name), "x");

    resume(path);

    expect(readdirSync(`${path}-files`).toSorted()).toEqual([...kept, "notes.txt"].toSorted());
  });
});

function outputFile(path: string, part: string): string {
  const name = readdirSync(`${path}-files`).find((entry) => entry.endsWith(part));
  return join(`${path}-files`, name ?? "");
}

describe("cached results", () => {
  it("are those of the last task that ended DONE under a key", () => {
    const store = create(temporaryPath());
    store.commit(batch({ accepted: tasks(0, 4) }));
    store.commit(batch({ results: [done(0, { cacheKey: "a", stdout: "old" }), done(1, { cacheKey: "b" })] }));
    store.commit(batch({ results: [done(2, { cacheKey: "a", stdout: "new" })] }));
    const error = { code: "X", message: "x" };
    store.commit(batch({ results: [done(3, { cacheKey: "a", state: "FAILED", error })] }));

    expect(store.cached(["a", "c", "b"]).map((result) => result?.stdout)).toEqual(["new", undefined, "output of 1"]);
  });
});

describe("the overview", () => {
  it("reads well with SQL: the latest of each task", () => {
    const path = written(
      temporaryPath(),
      batch({ accepted: tasks(0, 4) }),
      batch({ results: [done(0), failed(1), failed(2)] }),
      batch({ changes: [{ sequence: 1, state: "EXECUTING", attempt: 3, backend: "b", at: 9 }] }),
    );
    const db = new DatabaseSync(path);
    onTestFinished(() => db.close());

    const rows = db.prepare("SELECT uid, state, attempts, exit_code, error_message FROM overview").all();

    expect(rows.map((row) => Object.values(row))).toEqual([
      ["task.0", "DONE", 1, 0, null],
      ["task.1", "EXECUTING", 3, null, null],
      ["task.2", "FAILED", 2, 3, "exit code 3"],
      ["task.3", "SCHEDULING_PENDING", 0, null, null],
    ]);
  });
});

describe("closing", () => {
  it("leaves one file", () => {
    const path = written(temporaryPath(), nthBatch(0));

    expect(readdirSync(dirname(path))).toEqual(["run.db"]);
    expect(existsSync(`${path}-files`)).toBe(false);
  });

  it("does not mind a lock file that a killed process left", () => {
    const path = written(temporaryPath(), nthBatch(0));
    mkdirSync(`${path}-files`);
    makeDatabase(
      `${path}-lock`,
      "CREATE TABLE holder (token TEXT, session TEXT, pid INTEGER, host TEXT); INSERT INTO holder VALUES ('x', 'y', 1, 'z')",
    );

    expect(resume(path).tasks).toHaveLength(4);
  });
});
