import { describe, expect, it } from "vitest";
import { exitCode1, obliging, openSession, program, turn } from "../__fixtures__/open-session.ts";
import type { EventStream } from "./event-stream.ts";
import type { SessionEvent } from "./session-event.ts";

async function rest(events: EventStream): Promise<SessionEvent[]> {
  const seen: SessionEvent[] = [];
  for await (const event of events) seen.push(event);
  return seen;
}

/** An event in a word or two. */
function brief(event: SessionEvent): string {
  switch (event.type) {
    case "task":
      return `${event.uid} ${event.state} ${event.attempt}`;
    case "backend":
      return `${event.backend} ${event.status}`;
    case "moved":
      return `${event.count} ${event.from} to ${event.to}`;
    case "engine":
      return `${event.backend} has ${event.facts.workers} workers`;
    case "journal":
      return `journal ${event.status}`;
    case "output":
      return `${event.uid} says ${event.text}`;
    case "dropped":
      return `${event.count} dropped`;
  }
}

describe("events", () => {
  it("tell everything that happens from then on, in order, and end when the session closes", async () => {
    const { session, backend } = openSession();
    const events = session.events();
    await session.start();
    const [future] = await session.submitTasks([program("a", { retry: { attempts: 2 } })]);
    await backend.submission("a");
    await turn();
    backend.fail("a", exitCode1);
    await backend.submission("a", 2);
    await turn();
    backend.run("a");
    backend.output("a", "hello");
    backend.done("a");
    await future;

    await session.close();

    expect((await rest(events)).map(brief)).toEqual([
      "recording opening",
      "recording open",
      "a SCHEDULING_PENDING 0",
      "a EXECUTING_PENDING 1",
      "a SCHEDULING_PENDING 1",
      "a EXECUTING_PENDING 2",
      "a EXECUTING 2",
      "a says hello",
      "a DONE 2",
      "recording closed",
    ]);
  });

  it("say when, where and why", async () => {
    const { session, backend } = openSession();
    await session.start();
    const events = session.events();
    const before = Date.now();
    await session.submitTasks([program("a", { name: "first try" })]);
    await backend.submission("a");
    await turn();
    backend.fail("a", exitCode1);
    await session.close();

    const [first, , last] = await rest(events);
    expect(first).toEqual({
      type: "task",
      at: expect.any(Number) as number,
      uid: "a",
      name: "first try",
      state: "SCHEDULING_PENDING",
      attempt: 0,
      backend: "recording",
    });
    expect(first!.at).toBeGreaterThanOrEqual(before);
    expect(last).toMatchObject({ state: "FAILED", error: { code: "TASK_EXIT_CODE", uid: "a" } });
  });

  it("tell of a backend that cannot be opened, and of one that dies", async () => {
    const { session, backend } = openSession();
    const events = session.events();
    backend.openErrors.push(new Error("no such host"));
    await session.start().catch(() => {});
    await session.start();
    backend.lose();
    await session.close();

    const seen = await rest(events);
    expect(seen.map(brief)).toEqual([
      "recording opening",
      "recording unavailable",
      "recording opening",
      "recording open",
      "recording lost",
    ]);
    expect(seen[1]).toMatchObject({ error: { code: "BACKEND_UNAVAILABLE" } });
    expect(seen[4]).toMatchObject({ error: { code: "BACKEND_LOST" } });
  });

  it("reach each reader whole", async () => {
    const { session } = openSession(obliging());
    const readers = [session.events(), session.events()];

    await Promise.all(await session.submitTasks([program("a")]));
    await session.close();

    const [first, second] = await Promise.all(readers.map(rest));
    expect(first).toEqual(second);
    expect(first!.length).toBeGreaterThan(4);
  });

  it("reach a reader who is waiting at once", async () => {
    const { session } = openSession();
    const next = session.events().next();

    await session.submitTasks([program("a")]);

    expect((await next).value).toMatchObject({ uid: "a", state: "SCHEDULING_PENDING" });
  });

  it("reach several waiting `next`s one each, in order", async () => {
    const { session } = openSession();
    const events = session.events();
    const waiting = [events.next(), events.next(), events.next()];

    await session.submitTasks(["a", "b", "c"].map((uid) => program(uid)));

    const results = await Promise.all(waiting);
    expect(results.map(({ value }) => value!)).toMatchObject([{ uid: "a" }, { uid: "b" }, { uid: "c" }]);
  });

  it("end for a reader who waits while the session closes", async () => {
    const { session } = openSession();
    const events = session.events();
    const waiting = [events.next(), events.next()];

    await session.close();

    expect(await Promise.all(waiting)).toEqual([
      { value: undefined, done: true },
      { value: undefined, done: true },
    ]);
  });

  it("tell of what the close itself cancels, before they end", async () => {
    const { session, backend } = openSession();
    const events = session.events();
    await session.submitTasks([program("a"), program("b", { dependencies: ["a"] })]);
    await backend.submission("a");

    await session.close();

    expect((await rest(events)).slice(-3).map(brief)).toEqual(["b CANCELLED 0", "recording closed", "a CANCELLED 1"]);
  });

  it("end at once after the session has closed", async () => {
    const { session } = openSession();
    await session.close();

    expect(await rest(session.events())).toEqual([]);
  });
});

describe("a reader who is too slow", () => {
  it("loses the oldest events and is told how many", async () => {
    const { session } = openSession(obliging());
    const events = session.events({ bufferSize: 3 });

    await Promise.all(await session.submitTasks([program("a"), program("b")]));
    await session.close();

    const seen = await rest(events);
    expect(seen.map(brief)).toEqual(["8 dropped", "b EXECUTING 1", "b DONE 1", "recording closed"]);
  });

  it("is told again when it falls back again", async () => {
    const { session } = openSession();
    await session.start();
    const events = session.events({ bufferSize: 1 });
    const told: string[] = [];
    for (const batch of ["a", "b"]) {
      await session.submitTasks([1, 2, 3].map((i) => program(`${batch}${i}`)));
      told.push(brief((await events.next()).value!), brief((await events.next()).value!));
    }

    expect(told[0]).toMatch(/^\d+ dropped$/);
    expect(told[2]).toMatch(/^\d+ dropped$/);
  });

  it("slows nobody down and holds no more than its buffer", async () => {
    const { session } = openSession(obliging());
    const events = session.events({ bufferSize: 10 });

    await Promise.all(await session.submitTasks(Array.from({ length: 5000 }, (_, i) => program(`t${i}`))));
    await session.close();

    const seen = await rest(events);
    expect(seen).toHaveLength(11);
    expect(brief(seen[0]!)).toBe("19993 dropped");
  });

  it.each([0, -1, 1.5, Number.NaN, Infinity])("cannot have a buffer of %d events", (bufferSize) => {
    const { session } = openSession();

    expect(() => session.events({ bufferSize })).toThrow(RangeError);
  });
});

describe("leaving the loop", () => {
  it("ends the stream and frees what it holds", async () => {
    const { session } = openSession();
    const events = session.events();
    await session.submitTasks([program("a"), program("b")]);

    for await (const event of events) {
      expect(brief(event)).toBe("a SCHEDULING_PENDING 0");
      break;
    }
    await session.submitTasks([program("c")]);

    expect(await events.next()).toEqual({ value: undefined, done: true });
  });

  it("ends a `next` that waits", async () => {
    const events = openSession().session.events();
    const waiting = events.next();

    await events.return();

    expect(await waiting).toEqual({ value: undefined, done: true });
  });

  it("is what leaving an `await using` block does", async () => {
    const { session } = openSession();
    let outside: EventStream | undefined;
    {
      await using events = session.events();
      outside = events;
    }

    expect(await outside.next()).toEqual({ value: undefined, done: true });
  });
});
