import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryPath } from "../__fixtures__/temporary-path.ts";
import { DatabaseSync } from "./sqlite.ts";
import { readWal } from "./wal.ts";

const FRAME_BYTES = 24 + 4_096;

/** A database whose log holds three commits: the table's, and two of a row each. */
function writeLog(): { readonly log: string; readonly bytes: number } {
  const path = temporaryPath();
  const db = new DatabaseSync(path);
  onTestFinished(() => db.close());
  db.exec("PRAGMA journal_mode=WAL; PRAGMA application_id=77; CREATE TABLE t (a)");
  db.exec("INSERT INTO t VALUES ('first')");
  db.exec("INSERT INTO t VALUES ('second')");
  const log = `${temporaryPath()}-wal`;
  writeFileSync(log, readFileSync(`${path}-wal`));
  return { log, bytes: readFileSync(log).byteLength };
}

describe("readWal", () => {
  it("finds nothing where there is no log, or an empty one", () => {
    const log = temporaryPath();
    expect(readWal(log)).toBeUndefined();

    writeFileSync(log, "");

    expect(readWal(log)).toBeUndefined();
  });

  it("finds nothing lost in a whole log, and the first page of the database", () => {
    const { log, bytes } = writeLog();

    const content = readWal(log);

    expect(content).toMatchObject({ bytes, lostBytes: 0, lostCommits: 0 });
    expect(new TextDecoder().decode(content?.firstPage?.subarray(0, 15))).toBe("SQLite format 3");
    expect(content?.firstPage?.[71]).toBe(77);
  });

  it("takes frames of an older generation for the end", () => {
    const { log } = writeLog();
    const older = readFileSync(log).subarray(32);
    for (let frame = 0; frame < older.byteLength; frame += FRAME_BYTES) {
      older[frame + 11] = older[frame + 11]! ^ 1;
      older[frame + 12] = older[frame + 12]! ^ 77;
    }
    appendFileSync(log, older);

    expect(readWal(log)).toMatchObject({ lostBytes: 0, lostCommits: 0 });
  });

  it("tells the beginning of a commit that never came", () => {
    const { log, bytes } = writeLog();
    truncateSync(log, bytes - 100);

    expect(readWal(log)).toMatchObject({ lostBytes: FRAME_BYTES - 100, lostCommits: 0 });
  });

  it("tells commits after a damaged one", () => {
    const { log, bytes } = writeLog();
    const content = readFileSync(log);
    content[bytes - FRAME_BYTES - 1] = content[bytes - FRAME_BYTES - 1]! ^ 4;
    writeFileSync(log, content);

    expect(readWal(log)).toMatchObject({ lostBytes: 2 * FRAME_BYTES, lostCommits: 1 });
  });

  it.each([0, 1, 8, 12, 30])("tells a commit with a damaged frame from one of an older log (byte %i)", (byte) => {
    const { log, bytes } = writeLog();
    const content = readFileSync(log);
    content[bytes - FRAME_BYTES + byte] = content[bytes - FRAME_BYTES + byte]! ^ 4;
    writeFileSync(log, content);

    expect(readWal(log)).toMatchObject({ lostBytes: FRAME_BYTES, lostCommits: 0 });
  });

  it("takes a log with a damaged head as lost whole", () => {
    const { log, bytes } = writeLog();
    const content = readFileSync(log);
    content[17] = content[17]! ^ 4;
    writeFileSync(log, content);

    expect(readWal(log)).toEqual({ bytes, lostBytes: bytes, lostCommits: 0 });
  });

  it("reads a log shorter than its head", () => {
    const { log } = writeLog();
    truncateSync(log, 10);

    expect(readWal(log)).toEqual({ bytes: 10, lostBytes: 10, lostCommits: 0 });
  });
});
