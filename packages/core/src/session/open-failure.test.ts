import { afterEach, describe, expect, it, vi } from "vitest";
import { obliging, openSession, program, rejectionOf, sessionOf, turn } from "../__fixtures__/open-session.ts";
import { ScriptedBackend } from "../__fixtures__/scripted-backend.ts";
import { BackendError } from "../errors/backend-error.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("tasks of a backend that cannot be opened", () => {
  it("fail with BACKEND_UNAVAILABLE and the reason", async () => {
    const backend = obliging();
    backend.openErrors.push(new Error("no such host"));
    const { session } = openSession(backend);

    const [a, b] = await session.submitTasks([program("a"), program("b")]);

    for (const future of [a, b]) {
      expect(await rejectionOf(future)).toMatchObject({
        code: "BACKEND_UNAVAILABLE",
        message: expect.stringContaining("no such host") as string,
        cause: { code: "BACKEND_UNAVAILABLE", backend: "recording", retryable: true },
      });
    }
    expect(session.statistics().backends["recording"]?.status).toBe("unavailable");
  });

  it("keep the backend's own error as their cause", async () => {
    const backend = obliging();
    const own = new BackendError("BACKEND_UNAVAILABLE", { backend: "recording", message: "pip install the-engine" });
    backend.openErrors.push(own);
    const { session } = openSession(backend);

    const [future] = await session.submitTasks([program("a")]);

    expect(await rejectionOf(future)).toMatchObject({
      message: "[a on recording] pip install the-engine",
      cause: own,
    });
  });

  it("take those down that depend on them", async () => {
    const backend = obliging();
    backend.openErrors.push(new Error("no such host"));
    const { session } = openSession(backend);

    const [, second] = await session.submitTasks([program("a"), program("b", { dependencies: ["a"] })]);

    await expect(second).rejects.toMatchObject({ code: "DEPENDENCY_FAILED", rootCause: "a" });
  });

  it("are tried again by their policy, which opens the backend again", async () => {
    const backend = obliging();
    backend.openErrors.push(new Error("not yet"), new Error("not yet"));
    const { session } = openSession(backend);

    const [future] = await session.submitTasks([program("a", { retry: { attempts: 3 } })]);

    expect((await future).state).toBe("DONE");
    expect(backend.openings).toBe(1);
  });

  it("fail for good when their attempts are used up", async () => {
    const backend = obliging();
    backend.openErrors.push(new Error("first"), new Error("second"), new Error("third"));
    const { session } = openSession(backend);

    const [future] = await session.submitTasks([program("a", { retry: { attempts: 2 } })]);

    await expect(future).rejects.toMatchObject({ message: expect.stringContaining("second") as string });
    expect(backend.openErrors).toHaveLength(1);
  });

  it("do not keep later tasks from trying anew", async () => {
    const backend = obliging();
    backend.openErrors.push(new Error("not yet"));
    const { session } = openSession(backend);
    const [first] = await session.submitTasks([program("a")]);
    await first.settled();

    const [second] = await session.submitTasks([program("b")]);

    expect((await second).state).toBe("DONE");
  });

  it("do not touch those of other backends", async () => {
    const bad = obliging({ name: "bad" });
    bad.openErrors.push(new Error("no such host"));
    const session = sessionOf({ backends: [bad, obliging({ name: "good" })] });

    const [, good] = await session.submitTasks([program("a", { backend: "bad" }), program("b", { backend: "good" })]);

    expect((await good).state).toBe("DONE");
  });

  it("fail also when opening throws at once, or rejects with no error", async () => {
    const throwing = new ScriptedBackend({
      name: "throwing",
      open: () => {
        throw new Error("at once");
      },
    });
    const odd = new ScriptedBackend({ name: "odd", open: () => Promise.reject(Object.create(null) as Error) });
    const session = sessionOf({ backends: [throwing, odd] });

    const futures = await session.submitTasks([
      program("a", { backend: "throwing" }),
      program("b", { backend: "odd" }),
    ]);

    for (const future of futures) expect(await rejectionOf(future)).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
  });
});

describe("start", () => {
  it("opens all backends at once, in parallel", async () => {
    const gate = Promise.withResolvers<void>();
    const backends = ["one", "two"].map((name) => new ScriptedBackend({ name, open: () => gate.promise }));
    const session = sessionOf({ backends });

    const started = session.start();
    while (backends.some(({ contexts }) => contexts.length === 0)) await turn();
    gate.resolve();

    expect(await started).toBe(session);
  });

  it("opens a backend once, however often it is called and used meanwhile", async () => {
    const { session, backend } = openSession(obliging());

    const [, , [future]] = await Promise.all([session.start(), session.start(), session.submitTasks([program("a")])]);
    await future;
    await session.start();

    expect(backend.openings).toBe(1);
  });

  it("rejects with the error of the backend that cannot be opened", async () => {
    const backend = obliging();
    backend.openErrors.push(new Error("no such host"));
    const { session } = openSession(backend);

    expect(await rejectionOf(session.start())).toMatchObject({
      name: "BackendError",
      code: "BACKEND_UNAVAILABLE",
      backend: "recording",
      cause: { message: "no such host" },
    });
    await expect(session.start()).resolves.toBe(session);
  });

  it("rejects with all errors when several cannot", async () => {
    const backends = ["one", "two"].map((name) => obliging({ name }));
    for (const backend of backends) backend.openErrors.push(new Error("no such host"));
    const session = sessionOf({ backends });

    const error = await rejectionOf(session.start());

    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors).toMatchObject([{ backend: "one" }, { backend: "two" }]);
  });
});

it("tells the backend what it needs to know", async () => {
  const backend = new ScriptedBackend();
  const session = sessionOf({ backends: [backend] });

  await session.start();

  expect(backend.context).toMatchObject({
    sessionUid: session.uid,
    workDir: session.workDir,
    logger: session.logger,
    epoch: 1,
    environment: {},
  });
});
