import { readdirSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { known, nthBatch, SESSION } from "../__fixtures__/batches.ts";
import { Host } from "../__fixtures__/host.ts";
import { temporaryPath } from "../__fixtures__/temporary-path.ts";
import { readJournal } from "./read-journal.ts";
import { SqliteJournal } from "./sqlite-journal.ts";

const KILLS = 8;

describe("a journal whose host is killed", () => {
  it("has every batch that was acknowledged, and at most one more, after each of many kills", async () => {
    const path = temporaryPath();
    let acknowledged = -1;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const host = new Host("committing-host.ts", path, kill === 0 ? "create" : "resume");
      await host.printed(1 + Math.floor(Math.random() * 200));
      await host.kill();
      acknowledged = Number(host.lines.at(-1));

      await using view = await readJournal(path);
      const last = await view.tasks({ after: acknowledged * 4 - 1 });
      expect(last.length === 4 || last.length === 8).toBe(true);
    }

    const resumed = await new SqliteJournal(path).resume();
    const count = resumed.tasks.length / 4;
    const batches = Array.from({ length: count }, (_, number) => nthBatch(number));
    const uids = resumed.tasks.map(({ uid }) => uid);

    expect(count - 1 === acknowledged || count - 2 === acknowledged).toBe(true);
    expect(resumed.session).toEqual(SESSION);
    expect(await resumed.handle.recall(uids)).toEqual(known(batches));
    await resumed.handle.close();
    expect(readdirSync(dirname(path)).toSorted()).toEqual(["run.db", "run.db-files"]);
  });

  it("is refused to a second process as long as the first one lives, naming it, and given to it at once after a kill", async () => {
    const path = temporaryPath();
    const host = new Host("committing-host.ts", path, "create");
    await host.printed(1);
    const journal = new SqliteJournal(path);

    const refusal = await journal.resume().catch((error: unknown) => error);
    await host.kill();
    const resumed = await journal.resume();
    await resumed.handle.close();

    expect(refusal).toMatchObject({ code: "JOURNAL_IN_USE", retryable: true, location: path });
    expect(String(refusal)).toMatch(new RegExp(`session ${SESSION.uid} of process \\d+ on `));
    expect(resumed.tasks.length).toBeGreaterThanOrEqual(4);
  });

  it("is one and the same under the name of a symbolic link", async () => {
    const path = temporaryPath();
    const link = `${path}.latest`;
    symlinkSync(path, link);
    const host = new Host("committing-host.ts", link, "create");
    await host.printed(5);

    const refusal = await new SqliteJournal(path).resume().catch((error: unknown) => error);
    await host.kill();
    const { tasks, dropped, handle } = await new SqliteJournal(link).resume();
    await handle.close();

    expect(refusal).toMatchObject({ code: "JOURNAL_IN_USE" });
    // It may have been killed within a commit.
    expect(dropped.filter((what) => !what.startsWith("the last commit was unfinished"))).toEqual([]);
    expect(tasks.length).toBeGreaterThanOrEqual(20);
    expect(readdirSync(dirname(path)).toSorted()).toEqual(["run.db", "run.db-files", "run.db.latest"]);
  });

  it("is read from another process while it is written", async () => {
    const path = temporaryPath();
    const host = new Host("committing-host.ts", path, "create");
    await host.printed(5);
    await using view = await readJournal(path);

    const before = await view.tasks({ limit: 100_000 });
    await host.printed(host.lines.length + 20);
    const after = await view.tasks({ limit: 100_000 });
    const counts = await view.counts();

    expect(view.session).toEqual(SESSION);
    expect(before.length).toBeGreaterThanOrEqual(20);
    expect(after.length).toBeGreaterThanOrEqual(before.length + 80);
    expect(Object.keys(counts).toSorted()).toEqual(["DONE", "EXECUTING", "FAILED", "SCHEDULING_PENDING"]);
  });
});
