import { copyFileSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { nthBatch, SESSION } from "../__fixtures__/batches.ts";
import { temporaryPath } from "../__fixtures__/temporary-path.ts";
import { buildSchema } from "./build-schema.ts";
import { openForWriting } from "./connection.ts";
import { isNetworkType, isOnNetwork } from "./network-file-system.ts";
import { ReadingStore } from "./reading-store.ts";
import { resumeStore } from "./resume-store.ts";
import { WriterLock } from "./writer-lock.ts";
import { WritingStore } from "./writing-store.ts";

const optionsOf = (path: string) => ({ path, sync: "batch", spillBytes: 65_536 }) as const;

describe("isNetworkType", () => {
  it.each([
    ["NFS", 0x6969, true],
    ["Lustre", 0x0bd00bd0, true],
    ["GPFS", 0x47504653, true],
    ["CIFS, as a signed number", 0xff534d42 | 0, true],
    ["ext4", 0xef53, false],
    ["tmpfs", 0x01021994, false],
    ["XFS", 0x58465342, false],
  ])("knows %s", (_, type, onNetwork) => {
    expect(isNetworkType(type)).toBe(onNetwork);
  });

  it("asks the system about the directory of a file that need not be there", () => {
    expect(isOnNetwork(temporaryPath())).toBe(false);
  });
});

describe("a journal on a network file system", () => {
  it("works without shared memory: written, read meanwhile, resumed", () => {
    const path = temporaryPath();
    const options = optionsOf(path);
    const db = openForWriting(path, { sync: "batch", network: true });
    buildSchema(db, SESSION);
    const store = new WritingStore(options, { db, lock: WriterLock.acquire(path) });
    store.commit(nthBatch(0));
    const reading = new ReadingStore(path);

    store.commit(nthBatch(1));

    expect(reading.counts()).toEqual({ SCHEDULING_PENDING: 4, EXECUTING: 1, DONE: 2, FAILED: 1 });
    expect(readdirSync(dirname(path)).filter((name) => /-(?:wal|shm)$/.test(name))).toEqual([]);
    reading.close();
    store.close();
    const resumed = resumeStore(options);
    resumed.store.close();
    expect(resumed.tasks).toHaveLength(8);
  });

  it("goes back to its last commit when its process was killed within one", () => {
    const source = temporaryPath();
    const path = temporaryPath();
    const db = openForWriting(source, { sync: "batch", network: true });
    buildSchema(db, SESSION);
    const store = new WritingStore(optionsOf(source), { db, lock: WriterLock.acquire(source) });
    store.commit(nthBatch(0));
    // So that rows are written to the file before their commit.
    db.exec("PRAGMA cache_size=1; BEGIN IMMEDIATE; UPDATE tasks SET uid = uid || hex(randomblob(20000))");
    for (const suffix of ["", "-journal"]) copyFileSync(`${source}${suffix}`, `${path}${suffix}`);
    db.exec("ROLLBACK");
    store.close();

    const resumed = resumeStore(optionsOf(path));
    const recalled = resumed.store.recall(["task.0"]);
    resumed.store.close();

    expect(resumed).toMatchObject({ session: SESSION, dropped: [] });
    expect(resumed.tasks).toHaveLength(4);
    expect(recalled).toEqual([nthBatch(0).accepted[0]]);
  });
});
