import { describe, expect, it, vi } from "vitest";
import { obliging, program, rejectionOf, sessionOf, turn } from "../__fixtures__/open-session.ts";
import type { Session } from "../session/session.ts";
import { RecordingBackend } from "../testing/recording-backend.ts";

/** A backend that cannot be opened, every time or the first few times. */
function shut(name: string, times = 100): RecordingBackend {
  const backend = obliging({ name });
  for (let time = 0; time < times; time += 1) backend.openErrors.push(new Error(`${name} is shut`));
  return backend;
}

/** How often a backend was tried that `shut` made. */
function tries({ openErrors }: RecordingBackend): number {
  return 100 - openErrors.length;
}

/** What the session tells of tasks that moved, until it closes. */
async function movesOf(session: Session): Promise<string[]> {
  const events = session.events();
  const moves: string[] = [];
  for await (const event of events)
    if (event.type === "moved") moves.push(`${event.count}: ${event.from} → ${event.to}`);
  return moves;
}

describe("when a backend cannot be opened, a task that waits for it", () => {
  it("goes to the next one that can run it", async () => {
    const session = sessionOf({ backends: [shut("first"), shut("second"), obliging({ name: "third" })] });
    const moves = movesOf(session);

    const futures = await session.submitTasks([program("a"), program("b")]);
    const results = await session.waitTasks(futures);
    await session.close();

    expect(results).toMatchObject([
      { state: "DONE", backend: "third", attempts: 1 },
      { state: "DONE", backend: "third", attempts: 1 },
    ]);
    expect(await moves).toEqual(["2: first → second", "2: second → third"]);
  });

  it("never goes to one that only runs tasks which name it", async () => {
    const shy = obliging({ name: "shy", capabilities: { byNameOnly: true } });
    const session = sessionOf({ backends: [shut("first"), shy] });

    const [future] = await session.submitTasks([program("a")]);

    expect(await rejectionOf(future)).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    expect(shy.submissions).toEqual([]);
  });

  it("goes to one that is open before one that is not", async () => {
    const session = sessionOf({ backends: [shut("first"), obliging({ name: "second" }), obliging({ name: "third" })] });
    await session.submitTasks([program("opener", { backend: "third" })]);
    await session.waitTasks(["opener"]);

    const [future] = await session.submitTasks([program("a")]);

    expect((await future).backend).toBe("third");
  });

  it("stays and fails when it names the backend", async () => {
    const session = sessionOf({ backends: [shut("first"), obliging({ name: "second" })] });

    const [future] = await session.submitTasks([program("a", { backend: "first" })]);

    expect(await rejectionOf(future)).toMatchObject({ code: "BACKEND_UNAVAILABLE", backend: "first" });
  });

  it("stays and fails when no other can run it", async () => {
    const small = obliging({ name: "small", capabilities: { capacity: { cores: 1 } } });
    const other = obliging({ name: "other", capabilities: { taskKinds: ["prompt"] } });
    const session = sessionOf({ backends: [shut("first"), small, other] });

    const [future] = await session.submitTasks([program("a", { resources: { cores: 2 } })]);

    expect(await rejectionOf(future)).toMatchObject({ code: "BACKEND_UNAVAILABLE", backend: "first" });
  });

  it("fails when none can be opened, having tried each once", async () => {
    const backends = [shut("first"), shut("second"), shut("third")];
    const session = sessionOf({ backends });

    const [future] = await session.submitTasks([program("a")]);

    expect(await rejectionOf(future)).toMatchObject({ code: "BACKEND_UNAVAILABLE", backend: "third", attempt: 1 });
    expect(backends.map(tries)).toEqual([1, 1, 1]);
  });

  it("begins at the first one again when its policy has it tried again", async () => {
    const first = shut("first", 1);
    const second = shut("second");
    const session = sessionOf({ backends: [first, second] });

    const [future] = await session.submitTasks([program("a", { retry: { attempts: 2 } })]);

    expect(await future).toMatchObject({ backend: "first", attempts: 2 });
    expect(tries(second)).toBe(1);
  });

  it("takes of the other backend what that one's defaults say", async () => {
    const second = new RecordingBackend({
      name: "second",
      capabilities: { defaultResources: { executable: { cores: 3 } }, capacity: { cores: 3 } },
    });
    const session = sessionOf({ backends: [shut("first"), second] });

    await session.submitTasks([program("a"), program("b")]);
    const { resources } = await second.submission("a");
    await turn();

    expect(resources).toEqual({ cores: 3 });
    expect(second.running).toEqual(["a"]);
  });
});

describe("when a backend dies, a task of it", () => {
  /** A session with `a` and `named` in flight on the first backend, and `waiting` in line for it. */
  async function underWay(second: RecordingBackend, openSecond: boolean) {
    const first = new RecordingBackend({ name: "first", capabilities: { capacity: { maxInFlight: 2 } } });
    const session = sessionOf({ backends: [first, second], failover: { delayMs: 0 } });
    if (openSecond) {
      await session.submitTasks([program("opener", { backend: "second" })]);
      await session.waitTasks(["opener"]);
    }
    const futures = await session.submitTasks([
      program("a"),
      program("named", { backend: "first" }),
      program("waiting"),
    ]);
    await first.submission("named");
    await turn();
    const [a, named, waiting] = futures;
    return { session, first, a, named, waiting };
  }

  it("goes to an open one at once, in flight or waiting, unless it names its own", async () => {
    const { session, first, a, named, waiting } = await underWay(obliging({ name: "second" }), true);
    const moves = movesOf(session);

    first.lose();
    await first.submission("named", 2);
    first.done("named");

    expect(await a).toMatchObject({ backend: "second", attempts: 2 });
    expect(await waiting).toMatchObject({ backend: "second", attempts: 1 });
    expect(await named).toMatchObject({ backend: "first", attempts: 2 });
    await session.close();
    expect(await moves).toEqual(["2: first → second"]);
  });

  it("waits for it to be opened again while no other is open", async () => {
    const second = obliging({ name: "second" });
    const { first, a, named, waiting } = await underWay(second, false);

    first.lose();
    for (const uid of ["a", "named"]) {
      await first.submission(uid, 2);
      first.done(uid);
    }
    await first.submission("waiting");
    first.done("waiting");

    expect((await Promise.all([a, named, waiting])).map(({ backend }) => backend)).toEqual(["first", "first", "first"]);
    expect(second.openings).toBe(0);
  });

  it("goes elsewhere once it does not come back, and fails when it names it", async () => {
    const { first, a, named, waiting } = await underWay(obliging({ name: "second" }), false);
    for (let time = 0; time < 10; time += 1) first.openErrors.push(new Error("gone"));

    first.lose();

    expect(await a).toMatchObject({ backend: "second", attempts: 2 });
    expect(await waiting).toMatchObject({ backend: "second", attempts: 1 });
    expect(await rejectionOf(named)).toMatchObject({ code: "BACKEND_UNAVAILABLE", backend: "first" });
    expect(first.openErrors).toHaveLength(6);
  });

  it("goes to one that opened meanwhile at the next failure to open its own", async () => {
    const gate = Promise.withResolvers<void>();
    const { session, first, a, named } = await underWay(obliging({ name: "second" }), false);
    vi.spyOn(first, "open").mockImplementationOnce(async () => {
      await gate.promise;
      throw new Error("not yet");
    });

    first.lose();
    await session.submitTasks([program("opener", { backend: "second" })]);
    await session.waitTasks(["opener"]);
    gate.resolve();

    expect(await a).toMatchObject({ backend: "second", attempts: 2 });
    await first.submission("named", 2);
    first.done("named");
    expect((await named).backend).toBe("first");
  });
});

it("logs how many tasks went from where to where", async () => {
  const warn = vi.fn<(fields: object, message: string) => void>();
  const logger = { debug() {}, info() {}, warn, error() {} };
  const session = sessionOf({ backends: [shut("first"), obliging({ name: "second" })], logger });

  await session.submitTasks([program("a"), program("b")]);
  await session.waitTasks(["a", "b"]);

  expect(warn).toHaveBeenCalledExactlyOnceWith(
    { session: session.uid, backend: "first", to: "second", tasks: 2 },
    "what waited goes to another backend",
  );
});
