import { rejectionOf } from "@rhapsody-internal/fixtures";
import { ComputeTask, NoopExecutionBackend, Session, silentLogger } from "@rhapsody/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createEngine, gate, localEngine, recordingEngine } from "../__fixtures__/engines.ts";
import { FlowHandle } from "../handle/flow-handle.ts";
import { WorkflowEngine } from "./workflow-engine.ts";

describe("a call", () => {
  it("gives a handle at once, and awaiting it the value", async () => {
    const flow = await localEngine();
    const double = flow.functionTask(async (n: number) => n * 2);

    const handle = double(21);

    expect(handle).toBeInstanceOf(FlowHandle);
    expect(handle.state).toBe("NEW");
    expect(await handle).toBe(42);
    expect(handle).toMatchObject({
      state: "DONE",
      kind: "function",
      backend: "concurrent",
      attempts: 1,
      uid: "flow.1",
    });
  });

  it("waits for handles in its arguments, at any depth and twice, and takes their values", async () => {
    const flow = await localEngine();
    const one = flow.functionTask(() => 1)();
    const seen = flow.functionTask((first: number, rest: { readonly list: readonly { readonly n: number }[] }) => [
      first,
      rest,
    ]);

    const value = await seen(one, { list: [{ n: one }, { n: 2 }, { n: flow.functionTask(() => 3)() }] });

    expect(value).toEqual([1, { list: [{ n: 1 }, { n: 2 }, { n: 3 }] }]);
  });

  it("takes objects with a nature of their own whole", async () => {
    const flow = await localEngine();
    const date = new Date(0);
    const map = new Map([["a", 1]]);

    const values = await flow.functionTask((...given: unknown[]) => given)(date, map, { map });

    expect(values).toEqual([date, map, { map }]);
    expect(values[1]).toBe(map);
  });

  it("of one turn is handed over in one batch with the others", async () => {
    const { flow, backend } = await recordingEngine();
    const submit = vi.spyOn(flow.session, "submitTasks");
    const task = flow.functionTask(() => 1);

    [task(), task(), task()].map(({ uid }) => uid);
    await backend.submission("flow.3");

    expect(submit).toHaveBeenCalledTimes(1);
  });

  it("can stand on a handle that was called later in the same turn", async () => {
    const flow = await localEngine();
    const box: { late?: FlowHandle<number> } = {};
    const read = flow.functionTask((given: { readonly late?: number }) => given.late)(box);

    box.late = flow.functionTask(() => 7)();

    expect(await read).toBe(7);
  });

  it("of a method's name goes by that name", async () => {
    const flow = await localEngine();
    async function simulate(): Promise<void> {}

    expect(flow.functionTask(simulate)().name).toBe("simulate");
    expect(flow.functionTask(simulate, { name: "other" })().name).toBe("other");
    expect(flow.functionTask(simulate).with({ name: "third" })().name).toBe("third");
  });

  it("on a closed engine is refused at once", async () => {
    const flow = await localEngine();
    const task = flow.functionTask(() => 1);
    await flow.shutdown();

    expect(() => task()).toThrow(expect.objectContaining({ name: "EngineClosedError", code: "FLOW_ENGINE_CLOSED" }));
  });

  it("on an engine whose session was closed fails", async () => {
    const flow = await localEngine();
    await flow.session.close();

    expect(await rejectionOf(flow.functionTask(() => 1)())).toMatchObject({ code: "FLOW_ENGINE_CLOSED" });
  });
});

describe("what the session refuses", () => {
  it("fails alone, and takes only what depends on it along", async () => {
    const flow = await localEngine();
    const good = flow.functionTask((n: number) => n);
    const bad = flow.functionTask(() => 1, { resources: { cores: -1 } })();
    const dependent = good(bad);
    const independent = good(2);

    expect(await rejectionOf(bad)).toMatchObject({
      code: "FLOW_TASK_REFUSED",
      cause: { code: "TASK_VALIDATION", problems: [{ code: "TASK_FIELD_INVALID", uid: "flow.1" }] },
    });
    expect(await rejectionOf(dependent)).toMatchObject({
      code: "FLOW_DEPENDENCY_FAILED",
      path: ["flow.1"],
      rootCause: { code: "FLOW_TASK_REFUSED" },
    });
    expect(await independent).toBe(2);
    expect(await rejectionOf(good(bad))).toMatchObject({ code: "FLOW_DEPENDENCY_FAILED" });
  });

  it("is told from a backend that the engine does not have when the function is defined", async () => {
    const flow = await localEngine();
    const define = (): unknown => flow.functionTask(() => 1, { backend: "nowhere" });

    expect(define).toThrow(expect.objectContaining({ code: "FLOW_BACKEND_UNKNOWN" }));
    expect(() => flow.functionTask(() => 1).with({ backend: "nowhere" })).toThrow("nowhere");
  });

  it.each([
    ["closures", (flow: WorkflowEngine) => flow.functionTask(() => 1)],
    ["prompts", (flow: WorkflowEngine) => flow.promptTask(() => "Hi")],
    ["Python functions", (flow: WorkflowEngine) => flow.pythonTask("math:sqrt")],
  ])("is told from a backend that takes no %s when the function is defined", async (what, define) => {
    const { flow } = await recordingEngine({ capabilities: { taskKinds: ["executable"], functionKinds: [] } });

    expect(() => define(flow)).toThrow(
      expect.objectContaining({ code: "FLOW_BACKEND_UNSUITABLE", message: expect.stringContaining(what) as string }),
    );
  });

  it.each([
    ["an unknown option", { retries: 3 }],
    ["a negative timeout", { timeout: -1 }],
    ["a duration that is none", { timeout: "5 s" }],
    ["no room at all", { concurrency: 0 }],
  ])("is told from %s when the function is defined", async (_, options) => {
    const flow = await localEngine();

    expect(() => flow.functionTask(() => 1, options as object)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }),
    );
  });
});

describe("what is given by mistake", () => {
  it("is told at once: no function, no handle to wait for", async () => {
    const flow = await localEngine();
    const task = flow.functionTask(() => 1);

    for (const body of [undefined, null, "ls", 7, {}]) {
      expect(() => flow.functionTask(body as never)).toThrow(/^functionTask: give a function, not /);
      expect(() => flow.executableTask(body as never)).toThrow(/^executableTask: give a function, not /);
      expect(() => flow.promptTask(body as never)).toThrow(/^promptTask: give a function, not /);
      expect(() => flow.block(body as never)).toThrow(/^block: give a function, not /);
    }
    expect(() => task.with({ after: [Promise.resolve() as never] })).toThrow(/must be a handle/);
    expect(task.with({ after: [task()] })().state).toBe("NEW");
  });

  it("is told when a handle is written into a text", async () => {
    const flow = await localEngine();
    const handle = flow.functionTask(() => 1)();

    expect(() => `run-${handle as unknown as string}`).toThrow(/is no value yet: await it, or pass it/);
  });
});

describe("a handle that would wait for itself", () => {
  it("in its own arguments fails", async () => {
    const flow = await localEngine();
    const box: { self?: unknown } = {};

    const handle = flow.functionTask((given: object) => given)(box);
    box.self = handle;

    expect(await rejectionOf(handle)).toMatchObject({ code: "FLOW_HANDLE_CYCLE" });
  });

  it("inside of its own block fails", async () => {
    const flow = await localEngine();
    const box: { self?: FlowHandle<unknown> } = {};

    box.self = flow.block(async () => await box.self)();

    expect(await rejectionOf(box.self)).toMatchObject({ cause: { code: "FLOW_HANDLE_CYCLE" } });
  });

  it("inside of its own block has an outcome at once", async () => {
    const flow = await localEngine();
    const box: { self?: FlowHandle<unknown> } = {};

    box.self = flow.block(async () => await box.self?.settled())();

    expect(await box.self).toMatchObject({ ok: false, error: { code: "FLOW_HANDLE_CYCLE" } });
  });

  it.each([
    ["awaited", async (outside: FlowHandle<unknown>) => await outside],
    [
      "given to a member",
      async (outside: FlowHandle<unknown>, pass: (value: unknown) => FlowHandle<unknown>) => await pass(outside),
    ],
  ])("through a task outside of its block, when that is %s, fails", async (_, use) => {
    const flow = await localEngine();
    const pass = flow.functionTask((value: unknown) => value);
    const box: { outside?: FlowHandle<unknown> } = {};
    const begin = gate();

    const block = flow.block(async () => {
      await begin.promise;
      return await use(box.outside!, pass);
    })();
    box.outside = pass(block);
    begin.resolve();

    expect(await rejectionOf(block)).toMatchObject({ cause: { code: "FLOW_HANDLE_CYCLE" } });
  });
});

describe("several engines and a session", () => {
  async function sharedSession(): Promise<Session> {
    const session = new Session({ backends: [new NoopExecutionBackend()], logger: silentLogger });
    onTestFinished(async () => await session.close());
    return session;
  }

  it("mix: handles of either engine and tasks of the session stand for their values", async () => {
    const { flow: first } = await recordingEngine({
      respond: ({ work }) => ({ returnValue: work.kind === "function" ? ["seen", ...work.args] : 0 }),
    });
    const second = await createEngine({ session: first.session, uid: "second" });
    const direct = new ComputeTask({ function: () => 1 });
    const submitted = await first.session.submitTasks([direct]);
    const pass = second.functionTask((...given: unknown[]) => given);

    const value = await pass(first.functionTask(() => 1)(), submitted[0], direct);

    expect(value).toEqual(["seen", ["seen"], ["seen"], ["seen"]]);
  });

  it("are independent: shutting one down leaves session and others as they are", async () => {
    const session = await sharedSession();
    const first = await createEngine({ session });
    const second = await createEngine({ session });

    await first.shutdown();

    expect(await second.functionTask(() => 1)()).toBeUndefined();
    expect((await session.submitTasks([{ executable: "x" }])).length).toBe(1);
  });

  it("number their calls apart, also after one was shut down", async () => {
    const session = await sharedSession();
    const first = await createEngine({ session, uid: "first" });
    const second = await createEngine({ session, uid: "second" });
    const before = second.functionTask(() => 1)().uid;
    await first.shutdown();

    expect([before, second.functionTask(() => 1)().uid]).toEqual(["second.1", "second.2"]);
  });

  it("of the same uid are refused", async () => {
    const session = await sharedSession();
    await createEngine({ session, uid: "same" });

    await expect(WorkflowEngine.create({ session, uid: "same" })).rejects.toMatchObject({ code: "BACKEND_IN_USE" });
  });

  it("of two sessions do not mix: the handle says so", async () => {
    const first = await localEngine();
    const { flow: second } = await recordingEngine();

    const mixed = second.functionTask((n: number) => n)(first.functionTask(() => 1)());

    expect(await rejectionOf(mixed)).toMatchObject({ code: "FLOW_FOREIGN_HANDLE" });
  });

  it("never get a task that does not name their orchestrator", async () => {
    const session = new Session({ backends: [new NoopExecutionBackend()], logger: silentLogger });
    onTestFinished(async () => await session.close());
    await createEngine({ session, uid: "flow" });

    const [future] = await session.submitTasks([{ function: () => 1 }]);

    expect((await future).backend).toBe("noop");
  });
});

describe("options of an engine", () => {
  it.each([
    ["an unknown one", { nope: 1 }],
    ["backend and backends", { backend: new NoopExecutionBackend(), backends: [new NoopExecutionBackend()] }],
    ["no backends", { backends: [] }],
    ["a uid that is unsafe", { uid: "../x" }],
    ["an unknown default", { defaults: { retries: 1 } }],
    ["two backends of one name", { backends: [new NoopExecutionBackend(), new NoopExecutionBackend()] }],
  ])("are refused with %s", async (_, options) => {
    await expect(WorkflowEngine.create(options as object)).rejects.toMatchObject({
      code: expect.stringMatching(/INVALID_OPTIONS|BACKEND_IN_USE/) as string,
    });
  });

  it("are refused when a session is given that they would not apply to", async () => {
    const session = new Session({ backends: [new NoopExecutionBackend()] });
    onTestFinished(async () => await session.close());

    await expect(WorkflowEngine.create({ session, dryRun: true, workDir: "/tmp" })).rejects.toThrow("dryRun, workDir");
  });

  it("give tasks what they do not say themselves", async () => {
    const { flow, backend } = await recordingEngine(
      { respond: () => ({}) },
      { defaults: { priority: 5, environment: { A: "1" } } },
    );

    await flow.executableTask(() => "x", { environment: { B: "2" } })();
    await flow.block(async () => 1)();

    expect(backend.submissions[0]).toMatchObject({ priority: 5, environment: { A: "1", B: "2" } });
  });

  it("dryRun runs nothing but blocks", async () => {
    const { flow, backend } = await recordingEngine({ name: "cluster" }, { dryRun: true });
    const call = vi.fn(() => 1);
    const task = flow.functionTask(call, { backend: "cluster" });

    const value = await flow.block(async () => [await task(), await task()])();

    expect(value).toEqual([undefined, undefined]);
    expect(call).not.toHaveBeenCalled();
    expect(backend.openings).toBe(0);
  });
});
