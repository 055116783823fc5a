import { describe, expect, it, onTestFinished, vi } from "vitest";
import { exitCode1, obliging, openSession, program, rejectionOf, turn } from "../__fixtures__/open-session.ts";
import { JournalError } from "../errors/journal-error.ts";
import type { EventStream } from "../events/event-stream.ts";
import type { SessionEvent } from "../events/session-event.ts";
import { MemoryJournal } from "../testing/memory-journal.ts";

/** A journal whose commits wait until they are let through, each by itself. */
function gated() {
  const waiting: PromiseWithResolvers<void>[] = [];
  const journal = new MemoryJournal({
    onCommit: async () => {
      const gate = Promise.withResolvers<void>();
      waiting.push(gate);
      await gate.promise;
    },
  });
  return {
    journal,
    waiting,
    async letThrough(): Promise<void> {
      while (waiting.length === 0) await turn();
      waiting.shift()?.resolve();
      await turn();
    },
  };
}

const full = (): JournalError => new JournalError("JOURNAL_FULL", { location: "memory", message: "no space left" });

describe("a session with a journal", () => {
  it("has accepted a batch only once it is written", async () => {
    const { journal, letThrough } = gated();
    const { session, backend } = openSession({}, { journal });
    let accepted = false;

    const submitted = session.submitTasks([program("a")]).then(() => (accepted = true));
    await turn();
    await turn();

    expect([accepted, backend.submissions.length]).toEqual([false, 0]);
    await letThrough();
    await submitted;
    await backend.submission("a");
    expect(journal.tasks.map(({ uid }) => uid)).toEqual(["a"]);
    void letThrough();
  });

  it("shows DONE, and lets go of dependents, only once it is written", async () => {
    const { journal, letThrough } = gated();
    const { session, backend } = openSession({}, { journal });
    const submitted = session.submitTasks([program("a"), program("b", { dependencies: ["a"] })]);
    await letThrough();
    const [first] = await submitted;
    await backend.submission("a");

    backend.done("a", { stdout: "42" });
    await turn();
    await turn();

    expect([first.state, backend.submissions.length]).toEqual(["EXECUTING", 1]);
    await letThrough();
    await backend.submission("b");
    expect([first.state, journal.resultOf("a")?.stdout]).toEqual(["DONE", "42"]);
    const closed = session.close();
    await letThrough();
    await closed;
  });

  it("has accepted a batch without tasks at once", async () => {
    const { session } = openSession({}, { journal: new MemoryJournal() });

    expect(await session.submitTasks([])).toEqual([]);
  });

  it("gathers what comes while a batch is being written", async () => {
    const { journal, letThrough } = gated();
    const { session } = openSession(obliging(), { journal });
    const uids = Array.from({ length: 50 }, (_, i) => `t${i}`);

    const submitted = Promise.all(uids.map((uid) => session.submitTasks([program(uid)])));
    let settled = false;
    const all = submitted.then((futures) => session.waitTasks(futures.flat())).finally(() => (settled = true));
    while (!settled) await Promise.race([letThrough(), all]);

    expect(journal.tasks).toHaveLength(50);
    expect(journal.batches.length).toBeLessThan(6);
  });

  it("writes within its time what nobody waits for, also when that is up during another batch", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const { journal, waiting, letThrough } = gated();
    const { session, backend } = openSession({}, { journal });
    const submitted = session.submitTasks([program("a"), program("b")]);
    await letThrough();
    await submitted;
    await backend.submission("b");
    backend.done("a");
    while (waiting.length === 0) await turn();
    backend.run("b");

    vi.advanceTimersByTime(50);
    await letThrough();
    await letThrough();

    expect(journal.batches.at(-1)?.changes).toMatchObject([{ sequence: 1, state: "EXECUTING" }]);
    backend.done("b");
    await letThrough();
  });

  it("gathers results for 20 ms while tasks wait in line, unless a task depends on them", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const journal = new MemoryJournal();
    const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 1 } } }, { journal });
    const [a, b, c, d] = await session.submitTasks([
      program("a"),
      program("b"),
      program("c", { priority: -1 }),
      program("d", { dependencies: ["b"], priority: -2 }),
    ]);
    await backend.submission("a");
    await turn();

    backend.done("a");
    await backend.submission("b");
    await turn();
    expect([a.state, journal.resultOf("a")]).toEqual(["EXECUTING", undefined]);
    vi.advanceTimersByTime(20);
    await turn();
    expect(a.state).toBe("DONE");
    backend.done("b");
    await turn();
    expect([b.state, c.state]).toEqual(["DONE", "EXECUTING_PENDING"]);
    backend.done("c");
    await backend.submission("d");
    backend.done("d");
    expect((await d).state).toBe("DONE");
  });

  it("writes failures and the attempts before them, and waits for neither", async () => {
    const journal = new MemoryJournal();
    const { session, backend } = openSession({}, { journal });
    const [future] = await session.submitTasks([program("a", { retry: { attempts: 2 } })]);
    await backend.submission("a");
    backend.fail("a", exitCode1, { exitCode: 1 });
    await backend.submission("a", 2);
    backend.fail("a", exitCode1, { exitCode: 1 });
    await rejectionOf(future);

    await session.close();

    expect(journal.resultOf("a")).toMatchObject({ state: "FAILED", attempts: 2, error: { code: "TASK_EXIT_CODE" } });
  });

  it("does not write that closing stopped a task", async () => {
    const journal = new MemoryJournal();
    const { session, backend } = openSession({}, { journal });
    const [future] = await session.submitTasks([program("a")]);
    await backend.submission("a");

    await session.close();

    expect([future.state, journal.resultOf("a")]).toEqual(["CANCELLED", undefined]);
  });

  it("writes that the user cancelled a task", async () => {
    const journal = new MemoryJournal();
    const { session, backend } = openSession({}, { journal });
    const [future] = await session.submitTasks([program("a")]);
    await backend.submission("a");

    await future.cancel("not needed");
    await session.close();

    expect(journal.resultOf("a")).toMatchObject({ state: "CANCELLED", error: { code: "TASK_CANCELLED" } });
  });

  it("fails a task whose result no journal can hold", async () => {
    const { session } = openSession(obliging({ respond: () => ({ returnValue: () => 1 }) }), {
      journal: new MemoryJournal(),
    });

    const [future] = await session.submitTasks([{ uid: "a", function: async () => 1 }]);

    expect(await rejectionOf(future)).toMatchObject({
      code: "TASK_NOT_SERIALIZABLE",
      message: expect.stringContaining("plain data") as string,
    });
  });

  it("refuses a batch with arguments that no journal can hold, and accepts it without them", async () => {
    const { session } = openSession(obliging(), { journal: new MemoryJournal() });

    const error = await rejectionOf(session.submitTasks([{ uid: "a", function: async () => 1, args: [() => 1] }]));

    expect(error).toMatchObject({ problems: [{ uid: "a", code: "TASK_NOT_JOURNALABLE" }] });
    const [future] = await session.submitTasks([{ uid: "a", function: async () => 1 }]);
    expect((await future).state).toBe("DONE");
  });

  it("lets a cancel that comes too late see the task DONE", async () => {
    const { journal, letThrough } = gated();
    const { session, backend } = openSession({}, { journal });
    const submitted = session.submitTasks([program("a")]);
    await letThrough();
    const [future] = await submitted;
    await backend.submission("a");
    backend.done("a");

    const cancelled = future.cancel();
    await letThrough();
    await cancelled;

    expect(future.state).toBe("DONE");
  });

  it("settles a task that is cancelled before it is written", async () => {
    const { journal, letThrough } = gated();
    const { session, backend } = openSession({}, { journal });
    const submitted = session.submitTasks([program("a")]);
    await turn();

    await session.cancel("a");
    await letThrough();
    const [future] = await submitted;

    expect([future.state, backend.submissions.length]).toEqual(["CANCELLED", 0]);
    const closed = session.close();
    await letThrough();
    await closed;
  });

  it("recalls results that it let go of, for tasks that depend on them", async () => {
    const { session, backend } = openSession(obliging({ respond: ({ uid }) => ({ stdout: `${uid}!` }) }), {
      journal: new MemoryJournal(),
      retainedResults: 0,
    });
    await session.waitTasks(await session.submitTasks([program("a")]));

    const [second] = await session.submitTasks([
      program("b", { dependencies: ["a"], arguments: ({ results }) => [results[0]?.stdout ?? ""] }),
    ]);
    await second;

    expect(backend.submissions.at(-1)?.work).toMatchObject({ arguments: ["a!"] });
  });
});

describe("a journal without room", () => {
  it("stops handing over, and loses nothing", async () => {
    let refusals = 3;
    const journal = new MemoryJournal({
      onCommit: ({ results }) => {
        if (results.length > 0 && (refusals -= 1) >= 0) throw full();
      },
    });
    const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 1 } } }, { journal });
    const events = session.events();
    const stalled = firstOf(session.events(), ({ type }) => type === "journal");
    const [first, second, third] = await session.submitTasks([program("a"), program("b"), program("c")]);
    await backend.submission("a");

    backend.done("a");
    await backend.submission("b");
    await stalled;
    backend.done("b");
    await turn();
    expect([first.state, backend.submissions.length]).toEqual(["EXECUTING", 2]);
    await backend.submission("c");
    backend.done("c");
    await session.waitTasks([first, second, third]);
    await session.close();

    expect([first.state, second.state, third.state]).toEqual(["DONE", "DONE", "DONE"]);
    const statuses: string[] = [];
    for await (const event of events) if (event.type === "journal") statuses.push(event.status);
    expect(statuses).toEqual(["stalled", "open"]);
  });

  it("is given up on when the session closes: what was done is left for a resume", async () => {
    const journal = new MemoryJournal({
      onCommit: ({ results }) => {
        if (results.length > 0) throw full();
      },
    });
    const { session, backend } = openSession({}, { journal });
    const [future] = await session.submitTasks([program("a")]);
    await backend.submission("a");
    backend.done("a");

    await session.close({ graceMs: 1 });

    expect(await rejectionOf(future)).toMatchObject({
      code: "TASK_CANCELLED",
      message: expect.stringContaining("no space left") as string,
    });
  });
});

it("a journal that fails stops the session, and every task settles", async () => {
  const broken = new JournalError("JOURNAL_FAILED", { location: "memory", message: "the disk is gone" });
  const journal = new MemoryJournal({
    onCommit: ({ results }) => {
      if (results.length > 0) throw broken;
    },
  });
  const { session, backend } = openSession({}, { journal });
  const futures = await session.submitTasks([program("a"), program("b"), program("c", { dependencies: ["b"] })]);
  await backend.submission("b");

  backend.done("a");
  const results = await session.waitTasks(futures);

  expect(results.map(({ state }) => state)).toEqual(["CANCELLED", "CANCELLED", "CANCELLED"]);
  expect(await rejectionOf(session.submitTasks([program("d")]))).toMatchObject({ code: "JOURNAL_FAILED" });
});

it("a journal that cannot be opened refuses the first batch, and is tried again with the next", async () => {
  const journal = new MemoryJournal();
  const { session } = openSession(obliging(), { journal });
  const create = journal.create.bind(journal);
  journal.create = async () => {
    throw new JournalError("JOURNAL_UNWRITABLE", { location: "memory", message: "read-only" });
  };

  expect(await rejectionOf(session.submitTasks([program("a")]))).toMatchObject({ code: "JOURNAL_UNWRITABLE" });
  journal.create = create;
  const [future] = await session.submitTasks([program("a")]);

  expect((await future).state).toBe("DONE");
});

/** Resolves with the first event of a kind. */
async function firstOf(events: EventStream, isIt: (event: SessionEvent) => boolean): Promise<SessionEvent | undefined> {
  for await (const event of events) if (isIt(event)) return event;
  return undefined;
}
