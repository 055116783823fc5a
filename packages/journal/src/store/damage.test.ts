import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { temporaryDirectory } from "@rhapsody-internal/fixtures";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { batch, known, nthBatch, SESSION, tasks } from "../__fixtures__/batches.ts";
import { temporaryPath } from "../__fixtures__/temporary-path.ts";
import { createStore } from "./create-store.ts";
import { Query } from "./query.ts";
import { resumeStore } from "./resume-store.ts";
import { DatabaseSync } from "./sqlite.ts";
import { StoreFailure } from "./store-failure.ts";

const COMMITS = 60;

/** Places that are damaged in one run of the tests. */
const RUNS = 80;
const BATCHES = Array.from({ length: COMMITS }, (_, number) => nthBatch(number));

/** Ways in which a journal can lie on the disk when its process ends. */
const SHAPES = {
  closed: undefined,
  "all in the log": 0,
  "half in the log": 30,
  "log written to the file, not begun anew": COMMITS,
} as const;

type Shape = keyof typeof SHAPES;

function writeShape(directory: string, shape: Shape): void {
  const options = { path: temporaryPath(), sync: "batch", spillBytes: 65_536 } as const;
  const checkpointAt = SHAPES[shape];
  const store = createStore(options, SESSION);
  for (const [index, entry] of BATCHES.entries()) {
    store.commit(entry);
    if (index + 1 === checkpointAt) checkpoint(options.path);
  }
  if (checkpointAt === undefined) store.close();
  for (const suffix of ["", "-wal"]) {
    if (existsSync(`${options.path}${suffix}`))
      copyFileSync(`${options.path}${suffix}`, join(directory, `${shape}.db${suffix}`));
  }
  if (checkpointAt !== undefined) store.close();
}

function checkpoint(path: string): void {
  const db = new DatabaseSync(path);
  db.exec("PRAGMA wal_checkpoint(PASSIVE)");
  db.close();
}

function copyShape(from: string, shape: Shape): string {
  const path = temporaryPath();
  for (const suffix of ["", "-wal"]) {
    const source = join(from, `${shape}.db${suffix}`);
    if (existsSync(source)) copyFileSync(source, `${path}${suffix}`);
  }
  return path;
}

interface Beginning {
  readonly commits: number;
  readonly dropped: readonly string[];
}

/** Resumes a journal and checks that it is a beginning of what was written, whole; returns the number of commits. */
function expectBeginning(path: string): Beginning {
  const { store, session, tasks: found, dropped } = resumeStore({ path, sync: "batch", spillBytes: 65_536 });
  const uids = Array.from({ length: COMMITS * 4 }, (_, sequence) => `task.${sequence}`);
  const recalled = store.recall(uids).filter((entry) => entry !== undefined);
  store.close();
  const db = new DatabaseSync(path);
  const commits = Number(new Query(db, "SELECT count(*) FROM commits").first()?.[0]);
  db.close();

  const expected = known(BATCHES.slice(0, commits));
  expect(session).toEqual(SESSION);
  expect(recalled).toEqual(expected);
  expect(found.map(({ uid, done }) => [uid, done])).toEqual(
    expected.map(({ uid, result }) => [uid, result?.state === "DONE"]),
  );
  return { commits, dropped };
}

const REFUSALS: readonly string[] = ["JOURNAL_CORRUPT", "JOURNAL_INVALID", "JOURNAL_VERSION", "JOURNAL_NOT_FOUND"];

type Harm = "cut" | "flip" | "zero" | "page";

/** Damages a file at a place given as a fraction of its size. */
function damage(file: string, where: number, harm: Harm): void {
  const size = statSync(file).size;
  const position = Math.floor(size * where);
  if (harm === "cut") {
    truncateSync(file, position);
    return;
  }
  const bytes = readFileSync(file);
  if (harm === "flip") bytes[position] = bytes[position]! ^ (1 << (position % 8));
  else if (harm === "zero") bytes.fill(0, position, Math.min(position + 64, size));
  else bytes.copyWithin(position - (position % 4_096), 8_192, 8_192 + 4_096);
  writeFileSync(file, bytes);
}

function resumeOrRefuse(path: string): Beginning | StoreFailure {
  try {
    const beginning = expectBeginning(path);
    expect(expectBeginning(path)).toEqual({ commits: beginning.commits, dropped: [] });
    return beginning;
  } catch (error) {
    if (error instanceof StoreFailure) return error;
    throw error;
  }
}

function expectRefusal({ code, message, cause }: StoreFailure, path: string, before: Buffer): void {
  expect(REFUSALS, `${message} ${String(cause)}`).toContain(code);
  expect(readFileSync(path).equals(before)).toBe(true);
}

/**
 * @param least - What the main file has of its own, which survives any harm to the log.
 * @param told - Whether any loss can be told: a log that is cut off right after a commit is whole, and so it is when its last frame looks like none of its own.
 */
function expectCommits({ commits, dropped }: Beginning, { least, told }: { least: number; told: boolean }): void {
  expect(commits).toBeGreaterThanOrEqual(least);
  expect(told && commits < COMMITS && dropped.length === 0).toBe(false);
}

describe("a damaged journal", () => {
  it(
    "is a beginning of whole commits, or refused untouched, wherever it is cut off or changed",
    { timeout: 300_000 },
    () => {
      const source = temporaryDirectory();
      const shapes = Object.keys(SHAPES) as Shape[];
      for (const shape of shapes) writeShape(source, shape);

      fc.assert(
        fc.property(
          fc.constantFrom(...shapes),
          fc.constantFrom("", "-wal"),
          fc.noBias(fc.integer({ min: 0, max: 999_999 })),
          fc.constantFrom<Harm[]>("cut", "flip", "zero", "page"),
          (shape, suffix, where, harm) => {
            const path = copyShape(source, shape);
            const file = existsSync(`${path}${suffix}`) ? `${path}${suffix}` : path;
            damage(file, where / 1_000_000, harm);
            const before = readFileSync(path);

            const outcome = resumeOrRefuse(path);

            if (outcome instanceof StoreFailure) expectRefusal(outcome, path, before);
            else
              expectCommits(outcome, { least: file === path ? 0 : (SHAPES[shape] ?? COMMITS), told: harm === "flip" });
          },
        ),
        { numRuns: RUNS },
      );
    },
  );

  it("keeps what was written before the place where it was cut off, and the damaged file beside it", () => {
    const path = temporaryPath();
    const options = { path, sync: "batch", spillBytes: 2_000 } as const;
    const store = createStore(options, SESSION);
    for (const entry of BATCHES) store.commit(entry);
    for (let number = COMMITS; number < 600; number += 1) store.commit(nthBatch(number));
    store.close();
    const size = statSync(path).size;
    const files = readdirSync(`${path}-files`).length;
    truncateSync(path, size / 2);

    const { store: resumed, tasks: found, dropped } = resumeStore(options);
    resumed.close();

    expect(found.length).toBeGreaterThan(600 * 4 * 0.4);
    expect(found.length).toBeLessThan(600 * 4 * 0.6);
    expect(dropped).toEqual([expect.stringContaining(`is lost; the damaged file is ${path}.damaged-1`)]);
    expect(statSync(`${path}.damaged-1`).size).toBe(size / 2);
    const [kept, lost] = ["", ".damaged-1"].map((suffix) => readdirSync(`${path}${suffix}-files`).length);
    expect(kept! + lost!).toBe(files);
    expect(lost).toBeGreaterThan(0);
  });

  it("loses nothing to damage of an index, and says so", () => {
    const path = temporaryPath();
    const options = { path, sync: "batch", spillBytes: 65_536 } as const;
    const store = createStore(options, SESSION);
    for (const entry of BATCHES) store.commit(entry);
    store.close();
    const db = new DatabaseSync(path);
    const [root] = new Query(db, "SELECT rootpage FROM sqlite_schema WHERE name = 'results_task'").first()!;
    const [pageBytes] = new Query(db, "PRAGMA page_size").first()!;
    db.close();
    const bytes = readFileSync(path);
    const end = Number(root) * Number(pageBytes);
    bytes.fill(0x58, end - 40, end);
    writeFileSync(path, bytes);

    const { store: resumed, tasks: found, dropped } = resumeStore(options);
    resumed.close();

    expect(found).toHaveLength(COMMITS * 4);
    expect(dropped).toEqual([expect.stringContaining(`nothing is known to be lost, up to commit ${COMMITS} of 20`)]);
  });

  it("is put right also when the process ended while that was under way", () => {
    const path = temporaryPath();
    const options = { path, sync: "batch", spillBytes: 65_536 } as const;
    const store = createStore(options, SESSION);
    store.commit(batch({ accepted: tasks(0, 2) }));
    store.close();
    renameSync(path, `${path}.rescued`);
    writeFileSync(path, "damaged");

    const { store: resumed, tasks: found } = resumeStore(options);
    resumed.close();

    expect(found).toHaveLength(2);
    expect(readFileSync(`${path}.damaged-1`, "utf8")).toBe("damaged");
    expect(readdirSync(dirname(path)).toSorted()).toEqual(["run.db", "run.db.damaged-1"]);
  });

  it("has its log kept when that lost commits", () => {
    const source = temporaryDirectory();
    writeShape(source, "half in the log");
    const path = copyShape(source, "half in the log");
    damage(`${path}-wal`, 0.5, "flip");
    const log = readFileSync(`${path}-wal`);

    const { commits, dropped } = expectBeginning(path);

    expect(commits).toBeGreaterThan(30);
    expect(commits).toBeLessThan(COMMITS);
    expect(dropped).toEqual([
      expect.stringMatching(
        /^the journal's log was damaged: \d+ bytes of it are lost, at least \d+ commits, all after commit \d+ of 20/,
      ),
    ]);
    expect(readFileSync(`${path}-wal.damaged-1`).equals(log)).toBe(true);
  });
});
