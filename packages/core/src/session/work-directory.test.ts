import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { obliging, openSession, program, rejectionOf } from "../__fixtures__/open-session.ts";
import { WorkDirectory } from "./work-directory.ts";

let parent: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "work-"));
});

afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

describe("a session's directory", () => {
  it("lies under the directory given, and is named by the session's uid", () => {
    const { session } = openSession({}, { workDir: parent, uid: "mine" });

    expect(session.workDir).toBe(join(parent, "mine"));
  });

  it("is absolute, whatever was given", () => {
    const { session } = openSession({}, { workDir: "somewhere", uid: "mine" });

    expect(session.workDir).toBe(join(process.cwd(), "somewhere", "mine"));
  });

  it("is made when the first backend opens, parents included, and not before", async () => {
    const { session } = openSession({}, { workDir: join(parent, "deep", "er"), uid: "mine" });
    expect(await readdir(parent)).toEqual([]);

    await session.start();

    expect((await stat(session.workDir)).isDirectory()).toBe(true);
  });

  it("given by the user stays after close", async () => {
    const { session } = openSession({}, { workDir: parent, uid: "mine" });
    await session.start();

    await session.close();

    expect(await readdir(parent)).toEqual(["mine"]);
  });

  it("among temporary files is nobody else's, and goes when it is empty", async () => {
    const { session } = openSession();
    await session.start();
    const { mode } = await stat(session.workDir);

    await session.close();

    expect(mode & 0o777).toBe(0o700);
    expect(await rejectionOf(stat(session.workDir))).toMatchObject({ code: "ENOENT" });
  });

  it("among temporary files stays when something was left in it", async () => {
    const { session } = openSession();
    await session.start();
    await writeFile(join(session.workDir, "a.stdout"), "kept");

    await session.close();

    expect(await readdir(session.workDir)).toEqual(["a.stdout"]);
    await rm(session.workDir, { recursive: true });
  });

  it("that cannot be made fails the tasks, with the reason, and is tried again", async () => {
    const file = join(parent, "file");
    await writeFile(file, "in the way");
    const { session } = openSession(obliging(), { workDir: file, uid: "mine" });

    const [first] = await session.submitTasks([program("a")]);
    expect(await rejectionOf(first)).toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringMatching(/ENOTDIR|EEXIST/) as string,
    });
    await rm(file);
    const [second] = await session.submitTasks([program("b")]);

    expect((await second).state).toBe("DONE");
  });

  it("holds the session's log when asked to", async () => {
    const { session } = openSession({}, { workDir: parent, uid: "mine", logger: undefined, logFile: true });

    session.logger.error({ task: "a" }, "hello");

    expect(await readdir(join(parent, "mine"))).toEqual(["session.log"]);
  });
});

it("is made once, however often it is asked for", async () => {
  const directory = new WorkDirectory({ parent, beside: undefined }, "mine");

  const [first, second] = await Promise.all([directory.make(), directory.make()]);
  directory.makeSync();

  expect([first, second, await directory.make()]).toEqual([directory.path, directory.path, directory.path]);
});

it("may be there already", async () => {
  await mkdir(join(parent, "mine"));

  await expect(new WorkDirectory({ parent, beside: undefined }, "mine").make()).resolves.toBe(join(parent, "mine"));
});
