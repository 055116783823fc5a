import { describe, expect, it, onTestFinished } from "vitest";
import { exitCode1, obliging, openSession, program, rejectionOf, turn } from "../__fixtures__/open-session.ts";
import { silentLogger } from "../logging/create-logger.ts";
import type { ResumeOptions } from "../session/resume-options.ts";
import { Session } from "../session/session.ts";
import { ComputeTask } from "../task/compute-task.ts";
import { MemoryJournal } from "../testing/memory-journal.ts";
import { RecordingBackend } from "../testing/recording-backend.ts";

/** Goes on with what is written in a journal, as if its process had died now. */
async function resume(journal: MemoryJournal, options: ResumeOptions = {}) {
  const backend = obliging();
  const copy = journal.copy({});
  const session = await Session.resume(copy, {
    backends: [backend],
    logger: silentLogger,
    handleInterrupt: false,
    ...options,
  });
  onTestFinished(() => session.close().catch(() => {}));
  return { session, backend, journal: copy };
}

/** A journal in which `a` and `b` are done, `c` depends on both and is under way, and `d` waits for `c`. */
async function interrupted(): Promise<MemoryJournal> {
  const journal = new MemoryJournal();
  const { session, backend } = openSession({}, { journal });
  const [a, b] = await session.submitTasks([
    program("a"),
    program("b"),
    program("c", { dependencies: ["a"], arguments: ["--from", new ComputeTask({ uid: "x", executable: "x" }).uid] }),
    program("d", { dependencies: ["c", "b"] }),
  ]);
  await backend.submission("b");
  backend.done("a", { stdout: "A" });
  backend.done("b", { stdout: "B" });
  await session.waitTasks([a, b]);
  await backend.submission("c");
  backend.run("c");
  await turn();
  return journal;
}

const handedOver = (backend: RecordingBackend): string[] => backend.submissions.map(({ uid }) => uid);

describe("a resumed session", () => {
  it("runs again what is not DONE, and nothing else", async () => {
    const { session, backend } = await resume(await interrupted());

    const results = await session.waitTasks(session.resumed?.unfinished ?? []);

    expect(results.map(({ uid, state }) => [uid, state])).toEqual([
      ["c", "DONE"],
      ["d", "DONE"],
    ]);
    expect(handedOver(backend)).toEqual(["c", "d"]);
    expect(session.resumed).toMatchObject({ done: 2, dropped: [] });
    expect(session.statistics()).toMatchObject({ submitted: 4, states: { DONE: 4 } });
  });

  it("has the uid of the session that it goes on with", async () => {
    const journal = new MemoryJournal();
    const { session } = openSession(obliging(), { journal, uid: "campaign" });
    await session.submitTasks([program("a")]);

    expect((await resume(journal)).session.uid).toBe("campaign");
    expect(await rejectionOf(resume(journal, { uid: "other" }))).toMatchObject({ code: "JOURNAL_OTHER_SESSION" });
  });

  it("passes on the values of tasks that are done", async () => {
    const journal = new MemoryJournal();
    const { session, backend } = openSession({}, { journal });
    const first = new ComputeTask({ uid: "a", executable: "work" });
    await session.submitTasks([first, program("b", { arguments: [first], stdin: first })]);
    await backend.submission("a");
    backend.done("a", { stdout: "from a\n" });
    await first;

    const again = await resume(journal);
    await again.session.waitTasks(["b"]);

    expect(again.backend.submissions[0]?.work).toMatchObject({
      arguments: ["from a"],
      stdin: new TextEncoder().encode("from a\n"),
    });
  });

  it("takes new tasks that depend on old ones, by uid", async () => {
    const { session, backend } = await resume(await interrupted());

    const [added] = await session.submitTasks([
      program("e", { dependencies: ["a", "d"], arguments: ({ results }) => results.map(({ stdout }) => stdout) }),
    ]);
    await added;

    expect(backend.submissions.at(-1)?.work).toMatchObject({ arguments: ["A", ""] });
  });

  it("knows the results of tasks that are done", async () => {
    const { session } = await resume(await interrupted());

    await session.waitTasks(["c", "d"]);
    const [a, b] = await session.waitTasks(["a", "b"]);

    expect(a).toMatchObject({ uid: "a", state: "DONE", stdout: "A", returnValue: "A", attempts: 1 });
    expect(b?.stdout).toBe("B");
  });

  it("gives the tasks that there are to a script that submits them anew", async () => {
    const { session, backend } = await resume(await interrupted());
    const a = new ComputeTask({ uid: "a", executable: "work" });

    await session.submitTasks([
      a,
      program("b"),
      program("c", { dependencies: [a], arguments: ["--from", "x"] }),
      program("d", { dependencies: ["c", "b"] }),
      program("e", { dependencies: [a] }),
    ]);
    await session.waitTasks(["c", "d", "e"]);

    expect((await a).stdout).toBe("A");
    expect(handedOver(backend).toSorted()).toEqual(["c", "d", "e"]);
    expect(await rejectionOf(session.submitTasks([program("a")]))).toMatchObject({
      problems: [{ code: "TASK_UID_DUPLICATE" }],
    });
  });

  it("refuses another task of an old uid, and the batch with it", async () => {
    const { session, backend } = await resume(await interrupted());

    const error = await rejectionOf(session.submitTasks([program("new"), program("a", { arguments: ["other"] })]));
    await session.submitTasks([program("new"), program("a")]);
    await session.waitTasks(["new"]);

    expect(error).toMatchObject({
      problems: [{ index: 1, code: "TASK_UID_DUPLICATE", message: expect.stringContaining("another task") as string }],
    });
    expect(handedOver(backend)).not.toContain("a");
  });

  it("can be resumed in its turn, any number of times", async () => {
    let { journal } = await resume(await interrupted(), { backends: [new RecordingBackend()] });
    ({ journal } = await resume(journal, { backends: [new RecordingBackend()] }));
    const { session, backend } = await resume(journal);

    await session.waitTasks(session.resumed?.unfinished ?? []);

    expect(handedOver(backend)).toEqual(["c", "d"]);
    expect((await resume(journal)).session.resumed?.unfinished).toHaveLength(2);
  });

  it("counts attempts on, and gives each task its retry policy anew", async () => {
    const journal = new MemoryJournal();
    const { session, backend } = openSession({}, { journal });
    const [future] = await session.submitTasks([program("a", { retry: { attempts: 2 } })]);
    await backend.submission("a");
    backend.fail("a", exitCode1);
    await backend.submission("a", 2);
    backend.fail("a", exitCode1);
    await future.settled();
    await session.close();

    const worker = new RecordingBackend();
    const again = await resume(journal, { backends: [worker] });
    await worker.submission("a", 3);
    worker.fail("a", exitCode1);
    await worker.submission("a", 4);
    worker.fail("a", exitCode1);

    const [result] = await again.session.waitTasks(["a"]);
    expect(result).toMatchObject({ state: "FAILED", attempts: 4 });
  });

  it("gives new tasks uids that no old one has", async () => {
    const journal = new MemoryJournal();
    const { session } = openSession(obliging(), { journal });
    await session.submitTasks([program("task.900000")]);

    await resume(journal);

    expect(new ComputeTask({ executable: "work" }).uid).toBe("task.900001");
  });
});

describe("functions of a resumed session", () => {
  async function withClosures(): Promise<MemoryJournal> {
    const journal = new MemoryJournal();
    const { session } = openSession({}, { journal });
    async function simulate(seed: number): Promise<number> {
      return seed;
    }
    await session.submitTasks([
      { uid: "a", function: simulate, args: [7] },
      { uid: "b", name: "report", function: async () => 1, dependencies: ["a"] },
    ]);
    return journal;
  }

  it("are bound by their own name or their task's", async () => {
    const backend = obliging();
    const simulate = async (): Promise<number> => 7;
    const report = async (): Promise<number> => 8;

    const { session } = await resume(await withClosures(), { backends: [backend], functions: { simulate, report } });
    await session.waitTasks(["a", "b"]);

    expect(backend.submissions.map(({ work }) => work.kind === "function" && work.function)).toEqual([
      { kind: "inline", call: simulate },
      { kind: "inline", call: report },
    ]);
  });

  it("that are missing are all named, and the journal is as before", async () => {
    const journal = (await withClosures()).copy({});

    const error = await rejectionOf(
      Session.resume(journal, { backends: [obliging()], logger: silentLogger, handleInterrupt: false }),
    );

    expect(error).toMatchObject({
      code: "TASK_VALIDATION",
      message: expect.stringContaining("nothing was resumed") as string,
      problems: [
        { uid: "a", code: "TASK_FUNCTION_UNBOUND", message: expect.stringContaining("simulate") as string },
        { uid: "b", code: "TASK_FUNCTION_UNBOUND", message: expect.stringContaining("report") as string },
      ],
    });
    expect(journal.batches).toHaveLength(1);
  });
});

it("a resumed session knows results that no unfinished task needs", async () => {
  const journal = new MemoryJournal();
  const { session } = openSession(obliging({ respond: () => ({ stdout: "A" }) }), { journal });
  await session.waitTasks(await session.submitTasks([program("a")]));

  const again = await resume(journal, { retainedResults: 0 });
  const [a] = await again.session.waitTasks(["a"]);

  expect(a).toMatchObject({ uid: "a", state: "DONE", stdout: "A" });
  expect(await rejectionOf(again.session.waitTasks(["nobody"]))).toMatchObject({ code: "TASK_UNKNOWN" });
});

it("a resume names every task whose backend is not there", async () => {
  const journal = new MemoryJournal();
  const { session } = openSession({}, { journal });
  await session.submitTasks([program("a", { backend: "recording" }), program("b")]);

  const error = await rejectionOf(resume(journal, { backends: [new RecordingBackend({ name: "other" })] }));

  expect(error).toMatchObject({ problems: [{ uid: "a", code: "TASK_BACKEND_UNKNOWN" }] });
});

it.each([undefined, "", 7])("a resume of %j asks for a journal", async (place) => {
  const error = await rejectionOf(Session.resume(place as string));

  expect(error).toMatchObject({
    code: "INVALID_OPTIONS",
    message: expect.stringContaining("must be the path of a file, or a journal") as string,
  });
});

it("a resume without a session to go on with says so", async () => {
  expect(await rejectionOf(resume(new MemoryJournal()))).toMatchObject({ code: "JOURNAL_NOT_FOUND" });
});

it("a resume may begin a session where there is none", async () => {
  const journal = new MemoryJournal();

  const { session, journal: copy } = await resume(journal, { create: true, uid: "campaign" });
  const [future] = await session.submitTasks([program("a")]);
  await future;

  expect([session.uid, session.resumed, copy.resultOf("a")?.state]).toEqual(["campaign", undefined, "DONE"]);
});
