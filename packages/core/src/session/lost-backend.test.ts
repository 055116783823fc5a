import { describe, expect, it } from "vitest";
import { openSession, program, rejectionOf, sessionOf, turn } from "../__fixtures__/open-session.ts";
import { ScriptedBackend } from "../__fixtures__/scripted-backend.ts";
import { BackendError } from "../errors/backend-error.ts";

const death = new BackendError("BACKEND_LOST", { backend: "scripted", message: "the scheduler died" });

/** A session in which `a` is in flight on a scripted backend. */
async function inFlight(backend: ScriptedBackend) {
  const session = sessionOf({ backends: [backend] });
  await session.start();
  const [future] = await session.submitTasks([program("a")]);
  await turn();
  return { session, future };
}

describe("when a backend dies", () => {
  it("tasks in flight run again on the reopened backend, begun or not", async () => {
    const { session, backend } = openSession();
    const futures = await session.submitTasks([program("a"), program("b")]);
    await backend.submission("b");
    await turn();
    backend.run("a");

    backend.lose("the scheduler died");
    const again = await Promise.all(["a", "b"].map((uid) => backend.submission(uid, 2)));
    for (const { uid } of again) backend.done(uid);

    expect(await Promise.all(futures)).toMatchObject([{ attempts: 2 }, { attempts: 2 }]);
    expect([again[0]!.epoch > 1, backend.openings]).toEqual([true, 2]);
  });

  it("tasks in line run on the reopened backend", async () => {
    const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 1 } } });
    const [, second] = await session.submitTasks([program("a"), program("b")]);
    await backend.submission("a");

    backend.lose();
    const { epoch } = await backend.submission("b");
    backend.done("b");

    expect((await second).state).toBe("DONE");
    expect([epoch > 1, backend.openings]).toEqual([true, 2]);
  });

  it("nothing that it still reports counts", async () => {
    const backend = new ScriptedBackend();
    const { future } = await inFlight(backend);
    const dead = backend.context;

    dead.lost(death);
    dead.report([{ uid: "a", attempt: 1, epoch: dead.epoch, state: "DONE" }]);
    while (backend.contexts.length < 2 || backend.tasks.length < 2) await turn();
    dead.report([{ uid: "a", attempt: 2, epoch: dead.epoch, state: "DONE" }]);
    dead.capacity({ maxInFlight: 0 });
    await turn();
    expect(future.state).toBe("EXECUTING_PENDING");
    backend.report("a", { state: "DONE", stdout: "alive" });

    expect((await future).stdout).toBe("alive");
  });

  it("its opening is given up, for what it died of", async () => {
    const backend = new ScriptedBackend();
    await inFlight(backend);
    const { signal, lost } = backend.context;

    lost(death);

    expect([signal.aborted, signal.reason]).toEqual([true, death]);
  });

  it("dying twice is dying once", async () => {
    const backend = new ScriptedBackend();
    const { session, future } = await inFlight(backend);
    const dead = backend.context;

    dead.lost(death);
    dead.lost(death);
    while (backend.tasks.length < 2) await turn();
    dead.lost(death);
    await turn();
    backend.report("a", { state: "DONE" });

    expect((await future).attempts).toBe(2);
    expect(session.statistics().retries).toBe(1);
  });

  it("its handle is closed before it is opened again", async () => {
    const gate = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({ close: () => gate.promise });
    const { session } = await inFlight(backend);

    backend.context.lost(death);
    await turn();
    await turn();
    expect(backend.log).toEqual(["open 1", "submit a", "close 1"]);
    gate.resolve();
    while (backend.tasks.length < 2) await turn();

    expect(backend.log.slice(3)).toEqual(["closed 1", expect.stringMatching(/^open \d$/), "submit a"]);
    await session.close();
  });

  it("it is opened again all the same when closing it fails", async () => {
    let closes = 0;
    const backend = new ScriptedBackend({
      close: async () => {
        closes += 1;
        if (closes === 1) throw new Error("dead already");
      },
    });
    await inFlight(backend);

    backend.context.lost(death);
    while (backend.tasks.length < 2) await turn();

    expect(backend.contexts).toHaveLength(2);
  });

  it("while it takes a batch, the batch is lost as well", async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const backend: ScriptedBackend = new ScriptedBackend({
      submit: () => gates[backend.batches.length - 1]!.promise,
    });
    const { future } = await inFlight(backend);
    const dead = backend.context;

    dead.report([{ uid: "a", attempt: 1, epoch: dead.epoch, state: "DONE" }]);
    dead.lost(death);
    while (backend.batches.length < 2) await turn();
    gates[0]!.resolve();
    await turn();
    expect(future.state).toBe("EXECUTING_PENDING");
    gates[1]!.resolve();
    backend.report("a", { state: "DONE", stdout: "alive" });

    expect(await future).toMatchObject({ stdout: "alive", attempts: 2 });
  });

  it("and refuses the batch that it was being handed, tasks are lost once", async () => {
    const gate = Promise.withResolvers<void>();
    const backend: ScriptedBackend = new ScriptedBackend({
      submit: () => (backend.batches.length === 1 ? gate.promise : Promise.resolve()),
    });
    const { session, future } = await inFlight(backend);

    backend.context.lost(death);
    gate.reject(new Error("dead"));
    while (backend.batches.length < 2) await turn();
    backend.report("a", { state: "DONE" });

    expect((await future).attempts).toBe(2);
    expect(session.statistics().retries).toBe(1);
  });

  it("and tells that only by refusing a batch, the batch is lost as well as what was in flight", async () => {
    const backend: ScriptedBackend = new ScriptedBackend({
      submit: async () => {
        if (backend.batches.length === 2) throw death;
      },
    });
    const { session, future } = await inFlight(backend);

    const [second] = await session.submitTasks([program("b")]);
    while (backend.tasks.length < 4) await turn();
    for (const uid of ["a", "b"]) backend.report(uid, { state: "DONE" });

    expect(await Promise.all([future, second])).toMatchObject([{ attempts: 2 }, { attempts: 2 }]);
    expect(backend.log.slice(3, 5)).toEqual(["close 1", "closed 1"]);
  });

  it("while it is being opened, the opening has failed and what it opened is closed", async () => {
    const backend = new ScriptedBackend({ open: (context) => context.lost(death) });
    const session = sessionOf({ backends: [backend] });

    const [future] = await session.submitTasks([program("a")]);

    expect(await rejectionOf(future)).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    expect(backend.log).toEqual(["open 1", "close 1", "closed 1"]);
  });

  it("while a task of it is being cancelled, the task is CANCELLED", async () => {
    const backend = new ScriptedBackend({ cancel: () => new Promise(() => {}) });
    const { future } = await inFlight(backend);

    const cancelling = future.cancel();
    backend.context.lost(death);
    await cancelling;

    await expect(future).rejects.toMatchObject({ code: "TASK_CANCELLED" });
    expect(backend.batches).toHaveLength(1);
  });

  it("while the session closes, tasks in flight are CANCELLED", async () => {
    const backend: ScriptedBackend = new ScriptedBackend({ close: async () => backend.context.lost(death) });
    const { session, future } = await inFlight(backend);

    await session.close();

    expect(future.state).toBe("CANCELLED");
    expect(backend.contexts).toHaveLength(1);
  });

  it("it is not closed again when the session closes", async () => {
    const backend = new ScriptedBackend();
    const { session, future } = await inFlight(backend);
    await future.cancel();
    backend.context.lost(death);
    await turn();

    await session.close();

    expect(backend.log).toEqual(["open 1", "submit a", "cancel a", "close 1", "closed 1"]);
  });

  it("the session waits for its close when it closes meanwhile", async () => {
    const gate = Promise.withResolvers<void>();
    const backend = new ScriptedBackend({ close: () => gate.promise });
    const { session, future } = await inFlight(backend);
    await future.cancel();
    backend.context.lost(death);
    let closed = false;

    const closing = session.close().then(() => (closed = true));
    await turn();
    expect(closed).toBe(false);
    gate.resolve();
    await closing;

    expect(backend.log.at(-1)).toBe("closed 1");
  });

  it("its status is lost until it is used again", async () => {
    const backend = new ScriptedBackend();
    const { session, future } = await inFlight(backend);

    await future.cancel();
    backend.context.lost(death);

    expect(session.statistics().backends).toEqual({ scripted: { status: "lost", waiting: 0, inFlight: 0 } });
  });
});

describe("when a backend refuses a batch", () => {
  it("all its tasks fail with BACKEND_REJECTED_TASKS, and others go on", async () => {
    const { session, backend } = openSession({ respond: () => ({}) });
    backend.submitErrors.push(new Error("queue full"));

    const futures = await session.submitTasks([program("a"), program("b")]);
    await session.waitTasks(futures);
    const [later] = await session.submitTasks([program("c")]);

    for (const future of futures) {
      expect(await rejectionOf(future)).toMatchObject({
        code: "BACKEND_REJECTED_TASKS",
        message: expect.stringContaining("queue full") as string,
        cause: { code: "BACKEND_REJECTED_TASKS", cause: { message: "queue full" } },
      });
    }
    expect((await later).state).toBe("DONE");
  });

  it("they are tried again by their policy", async () => {
    const { session, backend } = openSession({ respond: () => ({}) });
    backend.submitErrors.push(new Error("queue full"));

    const [future] = await session.submitTasks([program("a", { retry: { attempts: 2 } })]);

    expect(await future).toMatchObject({ state: "DONE", attempts: 2 });
  });

  it("their room is given back", async () => {
    const { session, backend } = openSession({ respond: () => ({}), capabilities: { capacity: { cores: 1 } } });
    backend.submitErrors.push(new Error("queue full"));

    const [, second] = await session.submitTasks([
      program("a", { resources: { cores: 1 } }),
      program("b", { resources: { cores: 1 } }),
    ]);

    expect((await second).state).toBe("DONE");
  });

  it("by throwing at once, that is a refusal too", async () => {
    const backend = new ScriptedBackend({
      submit: () => {
        throw new Error("at once");
      },
    });
    const session = sessionOf({ backends: [backend] });

    const [future] = await session.submitTasks([program("a")]);

    await expect(future).rejects.toMatchObject({ code: "BACKEND_REJECTED_TASKS" });
  });
});
