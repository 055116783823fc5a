import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { nthBatch, SESSION } from "../__fixtures__/batches.ts";
import { temporaryPath } from "../__fixtures__/temporary-path.ts";
import { SqliteJournal } from "./sqlite-journal.ts";

const NOBODY = 65_534;

/** What becomes of creating, resuming and reading, for a user to whom permissions apply. */
async function outcomesAt(path: string): Promise<readonly unknown[]> {
  const program = fileURLToPath(new URL("../__fixtures__/describe-place.ts", import.meta.url));
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const { stdout } = await promisify(execFile)(process.execPath, [program, path], user);
  return JSON.parse(stdout) as unknown[];
}

/** Takes the right to write away from everybody. */
function protect(path: string): string {
  const directory = dirname(path);
  for (const name of readdirSync(directory)) chmodSync(`${directory}/${name}`, 0o444);
  chmodSync(directory, 0o555);
  onTestFinished(() => chmodSync(directory, 0o755));
  return path;
}

describe("a place that cannot be written to", () => {
  it("takes no journal", async () => {
    const path = protect(temporaryPath());

    expect(await outcomesAt(path)).toEqual(["JOURNAL_UNWRITABLE", "JOURNAL_NOT_FOUND", "JOURNAL_NOT_FOUND"]);
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it.each(["closed", "killed"])("lets the journal of a %s session be read, and no more", async (how) => {
    const source = temporaryPath();
    const path = temporaryPath();
    const handle = await new SqliteJournal(source).create(SESSION);
    await handle.commit(nthBatch(0));
    if (how === "closed") await handle.close();
    const suffixes = how === "closed" ? [""] : ["", "-wal"];
    for (const suffix of suffixes) copyFileSync(`${source}${suffix}`, `${path}${suffix}`);
    protect(path);
    const names = readdirSync(dirname(path));

    const outcomes = await outcomesAt(path);
    await handle.close();

    expect(outcomes).toEqual(["JOURNAL_UNWRITABLE", "JOURNAL_UNWRITABLE", { SCHEDULING_PENDING: 4 }]);
    expect(readdirSync(dirname(path))).toEqual(names);
  });
});
