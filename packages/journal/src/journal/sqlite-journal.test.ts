import { execFile } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rejectionOf, temporaryDirectory } from "@rhapsody-internal/fixtures";
import { type JournalHandle, OptionsError, RhapsodyError } from "@rhapsody/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { batch, done, known, nthBatch, SESSION, task, tasks } from "../__fixtures__/batches.ts";
import { temporaryPath } from "../__fixtures__/temporary-path.ts";
import { readJournal } from "./read-journal.ts";
import { createJournal, SqliteJournal } from "./sqlite-journal.ts";

async function create(journal: SqliteJournal): Promise<JournalHandle> {
  const handle = await journal.create(SESSION);
  onTestFinished(() => handle.close());
  return handle;
}

describe("SqliteJournal", () => {
  it("touches nothing when it is built, and names its file", () => {
    const path = temporaryPath();

    const journal = createJournal(path);

    expect(journal).toMatchObject({ contract: "journal/1", location: path });
    expect(createJournal("run.db").location).toBe(join(process.cwd(), "run.db"));
    expect(readdirSync(dirname(path))).toEqual([]);
  });

  it.each([
    ["an empty path", () => new SqliteJournal("")],
    ["a sync that there is not", () => new SqliteJournal("run.db", { sync: "never" as "batch" })],
    ["no bytes", () => new SqliteJournal("run.db", { spillBytes: 0 })],
    ["half a byte", () => new SqliteJournal("run.db", { spillBytes: 1.5 })],
  ])("refuses %s", (_, build) => {
    expect(build).toThrow(OptionsError);
  });

  it.each(["batch", "always"] as const)("keeps a session from its beginning over a resume (sync: %s)", async (sync) => {
    const journal = new SqliteJournal(temporaryPath(), { sync, spillBytes: 100 });
    const batches = [nthBatch(0), nthBatch(1), batch({ results: [done(4, { stdout: "x".repeat(1_000) })] })];
    const handle = await journal.create(SESSION);
    for (const entry of batches) await handle.commit(entry);
    await handle.close();

    const { session, tasks: found, dropped, handle: resumed } = await journal.resume();
    await resumed.commit(batch({ accepted: [task(8)] }));
    const recalled = await resumed.recall(["task.0", "task.4", "task.8", "none"]);
    await resumed.close();

    const all = known(batches);
    expect(session).toEqual(SESSION);
    expect(dropped).toEqual([]);
    expect(found.map((entry) => entry.done)).toEqual([true, true, false, false, true, false, false, false]);
    expect(recalled).toEqual([all[0], all[4], task(8), undefined]);
  });

  it("looks results up by their cache key while a session writes", async () => {
    const journal = new SqliteJournal(temporaryPath());
    const handle = await create(journal);
    const reader = await journal.read();
    await handle.commit(batch({ accepted: tasks(0, 1) }));
    await handle.commit(batch({ results: [done(0, { cacheKey: "key", value: new Uint8Array([1, 2]) })] }));

    const [hit, miss] = await reader.cached(["key", "other"]);
    await reader.close();

    expect(hit).toEqual(done(0, { cacheKey: "key", value: new Uint8Array([1, 2]) }).result);
    expect(miss).toBeUndefined();
    expect(await handle.cached(["key"])).toEqual([hit]);
  });

  it("throws errors of the project, with code, place and cause", async () => {
    const path = temporaryPath();
    writeFileSync(path, "no journal");

    const error = await rejectionOf(new SqliteJournal(path).resume());

    expect(RhapsodyError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ name: "JournalError", code: "JOURNAL_INVALID", location: path, retryable: false });
    expect(String(error)).toContain(`[journal ${path}] the file is no journal`);
    expect(Reflect.get(error as object, "cause")).toBeInstanceOf(Error);
  });

  it("refuses what comes after its close, which may come again", async () => {
    const handle = await create(new SqliteJournal(temporaryPath()));
    const pending = handle.commit(nthBatch(0));
    const closing = handle.close();

    expect(handle.close()).toBe(closing);
    await expect(handle.commit(nthBatch(1))).rejects.toMatchObject({ code: "JOURNAL_FAILED" });
    await expect(pending).resolves.toBeUndefined();
    await closing;
    await expect(handle.recall([])).rejects.toMatchObject({ code: "JOURNAL_FAILED" });
  });

  it("fails the request alone that cannot be copied to its thread", async () => {
    const handle = await create(new SqliteJournal(temporaryPath()));
    const description = (() => undefined) as unknown as string;

    const error = await rejectionOf(handle.commit(batch({ accepted: [{ ...task(0), description }] })));
    await handle.commit(nthBatch(0));

    expect(error).toMatchObject({ code: "JOURNAL_FAILED" });
    expect(await handle.recall(["task.0"])).toEqual([task(0)]);
  });

  it("neither keeps its process alive nor prints anything", async () => {
    const path = temporaryPath();
    const host = fileURLToPath(new URL("../__fixtures__/open-host.ts", import.meta.url));

    const { stdout, stderr } = await promisify(execFile)(process.execPath, [host, path]);

    expect(stdout).toBe("committed\n");
    expect(stderr).toBe("");
    const { tasks: found, handle } = await new SqliteJournal(path).resume();
    await handle.close();
    expect(found).toHaveLength(4);
  });

  it("works in a program that is given as text", async () => {
    const path = temporaryPath();
    const file = new URL("../index.ts", import.meta.url).href;
    const program = `
      import { SqliteJournal } from ${JSON.stringify(file)};
      const handle = await new SqliteJournal(${JSON.stringify(path)}).create(${JSON.stringify(SESSION)});
      await handle.close();`;

    await promisify(execFile)(process.execPath, ["--input-type=module", "-e", program]);

    expect(readdirSync(dirname(path))).toEqual(["run.db"]);
  });
});

describe("readJournal", () => {
  it("shows a running session, and ends with its block", async () => {
    const path = temporaryPath();
    const handle = await create(new SqliteJournal(path));
    await handle.commit(nthBatch(0));
    let closed: Promise<unknown>;
    {
      await using view = await readJournal(path);

      expect(view.session).toEqual(SESSION);
      expect(await view.counts()).toEqual({ SCHEDULING_PENDING: 4 });
      expect((await view.tasks()).map(({ uid }) => uid)).toEqual(["task.0", "task.1", "task.2", "task.3"]);
      expect(await view.recall(["task.1"])).toEqual([task(1)]);
      closed = view.counts().then(() => rejectionOf(view.counts()));
    }
    await closed;
  });

  it("says what is wrong with a place", async () => {
    const path = join(temporaryDirectory(), "none", "run.db");

    expect(await rejectionOf(readJournal(path))).toMatchObject({ code: "JOURNAL_NOT_FOUND", location: path });
  });
});
