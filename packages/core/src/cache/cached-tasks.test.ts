import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import {
  exitCode1,
  obliging,
  openSession,
  problemsOf,
  program,
  rejectionOf,
  turn,
} from "../__fixtures__/open-session.ts";
import type { TaskSpec } from "../backend/task-spec.ts";
import type { Journal } from "../journal/journal.ts";
import { silentLogger } from "../logging/create-logger.ts";
import type { SessionOptions } from "../session/session-options.ts";
import { Session } from "../session/session.ts";
import { ComputeTask } from "../task/compute-task.ts";
import type { TaskDescription } from "../task/task-options.ts";
import { MemoryJournal } from "../testing/memory-journal.ts";
import type { RecordedAnswer, RecordingBackend } from "../testing/recording-backend.ts";

const answer = ({ work }: TaskSpec): RecordedAnswer => ({
  stdout: "out",
  stderr: "err",
  ...(work.kind === "function" && { returnValue: { list: [1n, new Date(0)] } }),
  ...(work.kind === "prompt" && {
    response: "Ho",
    usage: { promptTokens: 1, completionTokens: 2, totalTokens: 3 },
  }),
  ...(work.kind === "executable" && { exitCode: 0 }),
});

function opened(journal: Journal, options: SessionOptions = {}): { session: Session; backend: RecordingBackend } {
  return openSession(obliging({ respond: answer }), { journal, ...options });
}

/** Runs tasks in a session of their own; the journal that they leave. */
async function journalOf(...tasks: readonly TaskDescription[]): Promise<MemoryJournal> {
  const journal = new MemoryJournal();
  const { session } = opened(journal);
  await session.waitTasks(await session.submitTasks(tasks));
  await session.close();
  return journal;
}

const cached = (uid: string, fields = {}): ReturnType<typeof program> => program(uid, { cache: true, ...fields });

async function settled(session: Session, ...tasks: readonly TaskDescription[]) {
  return await session.waitTasks(await session.submitTasks(tasks));
}

const uids = (backend: RecordingBackend): string[] => backend.submissions.map(({ uid }) => uid);

/** A journal that is held up, or fails, where results are looked up. */
function hindered(journal: MemoryJournal, hinder: () => Promise<void>): Journal {
  return {
    contract: "journal/1",
    location: "hindered",
    create: (session) => journal.create(session),
    resume: () => journal.resume(),
    read: async () => {
      const reader = await journal.read();
      return {
        close: () => reader.close(),
        cached: async (keys) => {
          await hinder();
          return await reader.cached(keys);
        },
      };
    },
  };
}

describe("a task that is the same as one before", () => {
  it.each<[string, TaskDescription, object]>([
    ["a program", { executable: "work" }, { exitCode: 0, returnValue: "out" }],
    ["a function", { function: () => 1 }, { returnValue: { list: [1n, new Date(0)] } }],
    ["a prompt", { prompt: "Hi" }, { returnValue: "Ho", response: "Ho", usage: { totalTokens: 3 } }],
  ])("takes its result: %s", async (_, description, expected) => {
    const journal = await journalOf({ ...description, uid: "first", cache: true });
    const { session, backend } = opened(new MemoryJournal(), { reuse: [journal] });

    const [future] = await session.submitTasks([{ ...description, uid: "second", name: "again", cache: true }]);
    const result = await future;

    expect(result).toMatchObject({
      ...expected,
      uid: "second",
      name: "again",
      state: "DONE",
      stdout: "out",
      stderr: "err",
      attempts: 0,
      cached: true,
    });
    expect(result).not.toHaveProperty("backend");
    expect(Object.keys(result.times)).toEqual(["submitted", "finished"]);
    expect(backend.submissions).toEqual([]);
    expect(session.statistics()).toMatchObject({ cached: 1, states: { DONE: 1 } });
  });

  it("goes from waiting to DONE", async () => {
    const { session } = opened(new MemoryJournal(), { reuse: [await journalOf(cached("a"))] });
    const states: string[] = [];
    session.registerCallback((_, state) => void states.push(state));

    const task = new ComputeTask(cached("b"));
    await session.submitTasks([task]);
    await task;

    expect(states).toEqual(["SCHEDULING_PENDING", "DONE"]);
    expect(task.cached).toBe(true);
  });

  it("takes the result of its own session as well", async () => {
    const { session, backend } = opened(new MemoryJournal());

    const results = [...(await settled(session, cached("a"))), ...(await settled(session, cached("b")))];

    expect(results.map((result) => result.cached)).toEqual([undefined, true]);
    expect(uids(backend)).toEqual(["a"]);
  });

  it("leaves a result for others", async () => {
    const journal = new MemoryJournal();
    const { session } = opened(journal, { reuse: [await journalOf(cached("a"))] });
    await settled(session, cached("b"));
    await session.close();
    const third = opened(new MemoryJournal(), { reuse: [journal] });

    expect(await settled(third.session, cached("c"))).toMatchObject([{ cached: true, stdout: "out" }]);
  });

  it("has its result still after a resume", async () => {
    const journal = new MemoryJournal();
    const { session } = opened(journal, { reuse: [await journalOf(cached("a"))] });
    await settled(session, cached("b"));
    const resumed = await Session.resume(journal.copy(), {
      backends: [obliging()],
      logger: silentLogger,
      handleInterrupt: false,
    });
    onTestFinished(() => resumed.close());

    const [future] = await resumed.submitTasks([cached("b")]);

    expect(await future.settled()).toMatchObject({ cached: true, stdout: "out", attempts: 0 });
  });

  it("is found by a resumed session that was about to run it", async () => {
    const gate = new MemoryJournal();
    const { session } = openSession({}, { journal: gate });
    await session.submitTasks([cached("b")]);
    const backend = obliging();
    const resumed = await Session.resume(gate.copy(), {
      backends: [backend],
      logger: silentLogger,
      handleInterrupt: false,
      reuse: [await journalOf(cached("a"))],
    });
    onTestFinished(() => resumed.close());

    expect(await resumed.waitTasks(resumed.resumed?.unfinished ?? [])).toMatchObject([{ uid: "b", cached: true }]);
    expect(backend.submissions).toEqual([]);
  });

  it("is found in journals of sessions that still run, the own one first", async () => {
    const live = new MemoryJournal();
    const other = opened(live);
    const { session, backend } = opened(new MemoryJournal(), { reuse: [new MemoryJournal(), live] });
    await settled(session, cached("own", { arguments: ["own"] }));

    await settled(other.session, cached("theirs"));
    const results = await settled(session, cached("b"), cached("c", { arguments: ["own"] }));

    expect(results).toMatchObject([{ cached: true }, { cached: true }]);
    expect(uids(backend)).toEqual(["own"]);
  });

  it("passes its value on", async () => {
    const { session, backend } = opened(new MemoryJournal(), { reuse: [await journalOf(cached("a"))] });
    const [a, b] = [new ComputeTask(cached("a")), new ComputeTask(program("b"))];
    await session.submitTasks([a, program("c", { stdin: a, dependencies: [b] }), b]);

    const spec = await backend.submission("c");

    expect(Buffer.from((spec.work as { stdin: Uint8Array }).stdin).toString()).toBe("out");
  });
});

describe("a task runs all the same", () => {
  it("without cache", async () => {
    const { session, backend } = opened(new MemoryJournal(), { reuse: [await journalOf(cached("a"))] });

    await settled(session, program("b"));

    expect(uids(backend)).toEqual(["b"]);
  });

  it("when the one before failed", async () => {
    const journal = new MemoryJournal();
    const { session, backend } = openSession({ respond: () => ({ failure: exitCode1 }) }, { journal });

    await settled(session, cached("a"));
    await settled(session, cached("b"));

    expect(uids(backend)).toEqual(["a", "b"]);
  });

  it("when the one before had no cache: nobody knows what it was", async () => {
    const { session, backend } = opened(new MemoryJournal(), { reuse: [await journalOf(program("a"))] });

    await settled(session, cached("b"));

    expect(uids(backend)).toEqual(["b"]);
  });

  it("when its dependency gave something else than before", async () => {
    const journal = new MemoryJournal();
    let value = "one";
    const { session, backend } = openSession(
      { respond: ({ uid }) => ({ stdout: uid.startsWith("source") ? value : uid }) },
      { journal },
    );
    const pair = (n: number): [TaskDescription, TaskDescription] => [
      program(`source-${n}`),
      cached(`dependent-${n}`, { dependencies: [`source-${n}`] }),
    ];

    await settled(session, ...pair(1));
    await settled(session, ...pair(2));
    value = "two";
    await settled(session, ...pair(3));

    expect(uids(backend)).toEqual(["source-1", "dependent-1", "source-2", "source-3", "dependent-3"]);
  });

  it("when the files with the output of the one before are gone", async () => {
    const directory = await mkdtemp(join(tmpdir(), "rhapsody-cached-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const stdout = join(directory, "a.stdout");
    await writeFile(stdout, "out");
    const { session, backend } = openSession({ respond: () => ({ stdout }) }, { journal: new MemoryJournal() });
    const filed = (uid: string) => settled(session, cached(uid, { capture: "file" }));

    await filed("a");
    const [hit] = await filed("b");
    await rm(stdout);
    await filed("c");

    expect(hit).toMatchObject({ cached: true, stdout });
    expect(uids(backend)).toEqual(["a", "c"]);
  });

  it("when a journal cannot be opened or read, which is said once", async () => {
    const warn = vi.fn<(fields: object, message: string) => void>();
    const broken = hindered(await journalOf(cached("a")), () => Promise.reject(new Error("unreadable")));
    const missing: Journal = { ...broken, location: "missing", read: () => Promise.reject(new Error("not there")) };
    const { session, backend } = opened(new MemoryJournal(), {
      reuse: [broken, missing],
      logger: { ...silentLogger, warn },
    });

    await settled(session, cached("b"));
    await settled(session, cached("c", { arguments: [1] }));

    expect(uids(backend)).toEqual(["b", "c"]);
    expect(warn.mock.calls.map(([, message]) => message)).toEqual([
      "no results can be taken from the journal hindered: tasks run instead",
      "no results can be taken from the journal missing: tasks run instead",
    ]);
  });

  it("when the result in the journal is damaged", async () => {
    const journal = await journalOf(cached("a"));
    const results = journal.batches.flatMap((batch) => batch.results);
    for (const ending of results) Object.assign(ending.result, { details: "{" });
    const { session, backend } = opened(new MemoryJournal(), { reuse: [journal] });

    await settled(session, cached("b"));

    expect(uids(backend)).toEqual(["b"]);
  });

  it("when it is there twice at once", async () => {
    const { session, backend } = openSession({}, { journal: new MemoryJournal() });

    await session.submitTasks([cached("a"), cached("b")]);
    await Promise.all(["a", "b"].map((uid) => backend.submission(uid)));

    expect(backend.running).toHaveLength(2);
  });

  it("with its retries, and leaves a result for others", async () => {
    const journal = new MemoryJournal();
    const { session, backend } = openSession(
      { respond: ({ attempt }) => (attempt === 1 ? { failure: exitCode1 } : { stdout: "out" }) },
      { journal },
    );

    const [first] = await settled(session, cached("a", { retry: { attempts: 2 } }));
    const [second] = await settled(session, cached("b"));

    expect([first, second]).toMatchObject([{ attempts: 2 }, { cached: true, attempts: 0 }]);
    expect(uids(backend)).toEqual(["a", "a"]);
  });
});

describe("while its result is looked up, a task", () => {
  async function heldUp() {
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const journal = hindered(await journalOf(cached("a")), async () => {
      asked.resolve();
      await gate.promise;
    });
    return { ...opened(new MemoryJournal(), { reuse: [journal] }), gate, asked: asked.promise };
  }

  it("can be cancelled", async () => {
    const { session, backend, gate, asked } = await heldUp();
    const [future] = await session.submitTasks([cached("b")]);
    await asked;

    await future.cancel("enough");
    gate.resolve();
    await turn();

    expect(await rejectionOf(future)).toMatchObject({ message: expect.stringContaining("enough") as string });
    expect(backend.submissions).toEqual([]);
    expect(session.statistics().cached).toBe(0);
  });

  it("is not looked up when it was cancelled before", async () => {
    let lookups = 0;
    const counting = hindered(new MemoryJournal(), async () => void (lookups += 1));
    const { session, backend } = opened(new MemoryJournal(), { reuse: [counting] });
    const [future] = await session.submitTasks([cached("b")]);

    await future.cancel();
    await settled(session, program("c"));

    expect(lookups).toBe(0);
    expect(uids(backend)).toEqual(["c"]);
  });

  it("keeps no other from being looked up when it was cancelled before", async () => {
    const { session, backend } = opened(new MemoryJournal());
    const [future] = await session.submitTasks([cached("b")]);

    await future.cancel();
    const [other] = await settled(session, cached("c"));

    expect(other).toMatchObject({ state: "DONE" });
    expect(uids(backend)).toEqual(["c"]);
  });

  it("can wait too long", async () => {
    const { session, gate, asked } = await heldUp();
    const [future] = await session.submitTasks([cached("b", { queueTimeoutMs: 50 })]);
    // On a machine with much else to do the time may be over before.
    await Promise.race([asked, future.settled()]);

    expect(await rejectionOf(future)).toMatchObject({ code: "TASK_QUEUE_TIMEOUT" });
    gate.resolve();
  });

  it("is CANCELLED when the session closes, which does not go on before the lookup has ended", async () => {
    const { session, gate, asked } = await heldUp();
    const [future] = await session.submitTasks([cached("b")]);
    await asked;

    const closing = session.close();
    expect(await future.settled()).toMatchObject({ state: "CANCELLED" });
    gate.resolve();
    await closing;
  });

  it("lets others go on that wait for none", async () => {
    const { session, backend, gate, asked } = await heldUp();
    await session.submitTasks([cached("b")]);
    await asked;

    await settled(session, program("c"));
    gate.resolve();

    expect(uids(backend)).toEqual(["c"]);
  });
});

describe("a result that was found", () => {
  it("is shown once it is written, also when the session closes meanwhile", async () => {
    const gate = Promise.withResolvers<void>();
    const writing = Promise.withResolvers<void>();
    const journal = new MemoryJournal({
      onCommit: async ({ results }) => {
        if (results.length === 0) return;
        writing.resolve();
        await gate.promise;
      },
    });
    const { session } = opened(journal, { reuse: [await journalOf(cached("a"))] });
    const [future] = await session.submitTasks([cached("b")]);
    await writing.promise;
    expect(future.state).toBe("SCHEDULING_PENDING");

    const closing = session.close();
    gate.resolve();
    await closing;

    expect(await future.settled()).toMatchObject({ state: "DONE", cached: true });
  });

  it("is one of thousands, looked up together", async () => {
    const count = 2_000;
    const tasks = (prefix: string): TaskDescription[] =>
      Array.from({ length: count }, (_, n) => ({ uid: `${prefix}${n}`, prompt: String(n), cache: true }));
    const journal = await journalOf(...tasks("a"));
    let lookups = 0;
    const counting = hindered(journal, async () => void (lookups += 1));
    const { session, backend } = opened(new MemoryJournal(), { reuse: [counting] });

    const results = await settled(session, ...tasks("b"));

    expect(results.every((result) => result.cached)).toBe(true);
    expect(lookups).toBeLessThan(50);
    expect(backend.submissions).toEqual([]);
    expect(session.statistics()).toMatchObject({ cached: count, states: { DONE: count } });
  });
});

it("leaves no journal open", async () => {
  const journal = await journalOf(cached("a"));
  const close = vi.fn<() => Promise<void>>(async () => {});
  const read = async () => ({ ...(await journal.read()), close });
  const lent: Journal = { ...hindered(journal, async () => {}), read };
  const { session } = opened(new MemoryJournal(), { reuse: [lent] });
  await settled(session, cached("b"));
  expect(close).not.toHaveBeenCalled();

  await session.close();

  expect(close).toHaveBeenCalledOnce();
});

describe("refused", () => {
  it.each<[string, object, string]>([
    ["a session without a journal", {}, 'new Session({ journal: "run.db" })'],
    ["false", { cache: false, journal: true }, "must be true"],
    ["an unknown option", { cache: { keys: "a" }, journal: true }, "keys"],
    ["an empty key", { cache: { key: "" }, journal: true }, "must not be empty"],
    ["a version that is none", { cache: { version: [] }, journal: true }, "must be text or a number"],
    ["an empty path", { cache: { inputs: [""] }, journal: true }, "must be a path"],
    ["a URL of no file", { cache: { inputs: [new URL("https://example.org")] }, journal: true }, "file"],
    ["a key and inputs", { cache: { key: "a", inputs: ["b"] }, journal: true }, "leave one of them out"],
    [
      "a bound function",
      { executable: undefined, function: Math.max.bind(null, 1), journal: true },
      "source cannot be seen",
    ],
  ])("is %s", async (_, { journal = false, ...fields }: { journal?: boolean }, message) => {
    const options = journal ? { journal: new MemoryJournal() } : {};

    expect(await problemsOf([cached("a", fields)], options)).toMatchObject([
      { code: "TASK_FIELD_INVALID", message: expect.stringContaining(message) as string },
    ]);
  });

  it("is no bound function that has a key", async () => {
    const task = { uid: "a", function: Math.max.bind(null, 1), args: [2], cache: { key: "max" } };

    expect(await problemsOf([task], { journal: new MemoryJournal() })).toEqual([]);
  });

  it("is reuse without a journal", () => {
    expect(() => new Session({ reuse: ["other.db"] })).toThrow(/give journal too/);
  });
});

it("fails a task whose input is missing, and names it", async () => {
  const { session } = opened(new MemoryJournal());
  const [future] = await session.submitTasks([
    cached("a", { workingDirectory: tmpdir(), cache: { inputs: ["no-such-data.csv"] }, retry: { attempts: 3 } }),
  ]);

  expect(await rejectionOf(future)).toMatchObject({
    code: "TASK_ARGUMENTS_INVALID",
    attempt: 0,
    message: expect.stringContaining(join(tmpdir(), "no-such-data.csv")) as string,
  });
});
