import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { rejectionOf, temporaryDirectory } from "@rhapsody-internal/fixtures";
import { describe, expect, it } from "vitest";
import { call, KINDS, openTestEngine, type TestEngine } from "../__fixtures__/open-test-engine.ts";
import type { CallOptions } from "../index.ts";

const containing = (text: string): unknown => expect.stringContaining(text);
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const ofKind = (uid: string, kind: string) => call(uid, [], { backendOptions: { kind } });
const ends = ({ updates }: TestEngine) => updates.filter(({ state }) => state !== "RUNNING");

describe("openEngine", () => {
  it("opens an engine with its settings and gives its facts", async () => {
    const { handle, lines, until } = await openTestEngine("echo_engine", {
      settings: { workers: 2, key: new Uint8Array([1]) },
      secrets: { password: "swordfish" },
    });

    expect(handle.facts).toMatchObject({
      name: "echo",
      settings: { workers: 2, key: new Uint8Array([1]) },
      secrets: ["password"],
    });
    await until(() => lines.includes("printed by the engine"));
  });

  it("opens an engine behind a launcher, over a socket", async () => {
    const { handle } = await openTestEngine("echo_engine", {
      channel: "socket",
      environment: { OUTER: "1" },
      launch: ({ argv, environment }) => ({ argv: ["env", "INNER=2", ...argv], environment }),
    });

    expect(await handle.call("environment", ["OUTER", "INNER"])).toEqual(["1", "2"]);
  });

  it("hands over programs and Python functions as the contract says", async () => {
    const engine = await openTestEngine("echo_engine", { captureDir: join(temporaryDirectory(), "output") });
    const program = call("p", [], {
      attempt: 2,
      environment: { TASK: "1" },
      workingDirectory: "/tmp",
      work: {
        kind: "executable",
        executable: "sort",
        arguments: ["-n"],
        stdin: new Uint8Array([50, 10, 49]),
        capture: "file",
        maxOutputBytes: 10,
      },
    });

    await engine.handle.submit([program, call("f", [1, [2n ** 60n]])]);
    await engine.until(() => engine.updates.length === 2);

    expect(engine.updates).toEqual([
      {
        uid: "p",
        attempt: 2,
        epoch: 3,
        state: "DONE",
        returnValue: {
          kind: "executable",
          executable: "sort",
          arguments: ["-n"],
          stdin: new Uint8Array([50, 10, 49]),
          environment: { SESSION: "yes", TASK: "1" },
          workingDirectory: "/tmp",
          capture: "file",
          maxOutputBytes: 10,
          files: {
            stdout: matching(/output\/p\.2\.stdout$/),
            stderr: matching(/p\.2\.stderr$/),
          },
        },
      },
      expect.objectContaining({
        uid: "f",
        returnValue: expect.objectContaining({
          kind: "python",
          module: "sim",
          name: "run",
          args: [1, [2n ** 60n]],
        }) as unknown,
      }),
    ]);
  });

  it("refuses a batch with work that has no form for Python", async () => {
    const { handle } = await openTestEngine("echo_engine");
    const prompt = call("a", [], { work: { kind: "prompt", prompt: "Hi", sampling: {}, stream: false } });

    expect(await rejectionOf(handle.submit([prompt]))).toMatchObject({
      code: "BACKEND_REJECTED_TASKS",
      message: containing("cannot run a, which is a prompt"),
    });
  });

  it("fails a task whose arguments cannot cross, and no other", async () => {
    const engine = await openTestEngine("echo_engine");

    await engine.handle.submit([
      call("a", [{ rows: new Map() }]),
      call("b"),
      call("c", [], { backendOptions: { key: () => 1 } }),
    ]);
    await engine.until(() => engine.updates.length === 3);

    expect(Object.fromEntries(engine.updates.map((update) => [update.uid, update]))).toMatchObject({
      a: {
        state: "FAILED",
        failure: { code: "TASK_NOT_SERIALIZABLE", message: containing("args[0].rows is a Map") },
      },
      b: { state: "DONE" },
      c: { state: "FAILED", failure: { message: containing("backendOptions.key") } },
    });
  });

  it("tells of a refused batch with the engine's own words, and takes it another time", async () => {
    const engine = await openTestEngine("echo_engine", KINDS);

    expect(await rejectionOf(engine.handle.submit([ofKind("a", "done"), ofKind("b", "refused")]))).toMatchObject({
      code: "BACKEND_REJECTED_TASKS",
      message: "[test] there is no room: use a larger engine",
    });
    await engine.handle.submit([ofKind("a", "done")]);
    await engine.until(() => engine.updates.length === 1);

    expect(engine.updates).toMatchObject([{ uid: "a", state: "DONE" }]);
  });

  it("tells of a mistake in the engine", async () => {
    const { handle } = await openTestEngine("echo_engine", KINDS);

    expect(await rejectionOf(handle.submit([ofKind("a", "broken")]))).toMatchObject({
      code: "BACKEND_REJECTED_TASKS",
      message: containing("KeyError"),
    });
  });

  it("refuses an attempt that it has", async () => {
    const { handle } = await openTestEngine("echo_engine", KINDS);
    await handle.submit([ofKind("a", "held")]);

    expect(await rejectionOf(handle.submit([ofKind("b", "done"), ofKind("a", "held")]))).toMatchObject({
      code: "BACKEND_REJECTED_TASKS",
      message: containing("attempt 1 of a"),
    });
  });

  it("gives what was raised as an error with Python's traceback", async () => {
    const engine = await openTestEngine("echo_engine", KINDS);

    await engine.handle.submit([ofKind("a", "failing")]);
    await engine.until(() => engine.updates.length === 1);

    const [update] = engine.updates;
    const cause = update?.state === "FAILED" ? update.failure.cause : undefined;
    expect(cause).toBeInstanceOf(Error);
    expect(cause).toMatchObject({
      name: "ZeroDivisionError",
      message: "no rows",
      stack: containing("echo_engine.py"),
    });
  });

  it("cancels: what is stopped does not fail, and what is unknown is gone", async () => {
    const engine = await openTestEngine("echo_engine", KINDS);
    await engine.handle.submit([ofKind("a", "held"), ofKind("b", "held")]);

    const outcomes = await engine.handle.cancel([ofKind("x", "held"), ofKind("a", "held")], "enough");
    await engine.handle.call("end_all", 1);
    await engine.until(() => ends(engine).length === 1);

    expect(outcomes).toEqual(["cancelled", "cancelled"]);
    expect(ends(engine)).toMatchObject([{ uid: "b", state: "DONE" }]);
  });

  it("passes on capacity, facts and events", async () => {
    const events: unknown[] = [];
    const { handle, told } = await openTestEngine("echo_engine", {
      onEvent: (name, data) => events.push([name, data]),
    });

    await handle.call("capacity", { max_in_flight: 3, cores: 2 });
    await handle.call("observe", { workers: 1 });
    await handle.call("event", [1n]);
    await handle.call("echo");

    expect(told).toEqual([{ maxInFlight: 3, cores: 2 }, { workers: 1 }]);
    expect(events).toEqual([["greeting", [1]]]);
  });

  it("gives the answers of calls, and the engine's refusal", async () => {
    const { handle } = await openTestEngine("echo_engine");
    const value = { a: [1n << 70n, new Date(5)], b: new Float32Array([1]) };

    expect(await handle.call("echo", value)).toEqual(value);
    expect(await rejectionOf(handle.call("fly"))).toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: "[test] cannot fly: it is only an echo",
    });
    expect(await rejectionOf(handle.call("echo", new Map()))).toMatchObject({ code: "TASK_NOT_SERIALIZABLE" });
  });

  it.each([
    ["in time", () => ({ timeoutMs: 50 }), { code: "BACKEND_UNAVAILABLE", message: containing("within 50 ms") }],
    ["before the signal", () => ({ signal: AbortSignal.timeout(50) }), { name: "TimeoutError" }],
  ])("tells the engine when a call is not done %s", async (_, options: () => CallOptions, error) => {
    const { handle } = await openTestEngine("echo_engine");

    expect(await rejectionOf(handle.call("wait", undefined, options()))).toMatchObject(error);

    expect(await handle.call("given_up")).toBe(true);
  });

  it("has the last word on values", async () => {
    const engine = await openTestEngine("echo_engine", {
      toReturnValue: (value, { uid }) => {
        if (uid === "b") throw new TypeError("unknown format");
        return [uid, typeof value];
      },
    });

    await engine.handle.submit([call("a"), call("b")]);
    await engine.until(() => engine.updates.length === 2);

    expect(engine.updates).toMatchObject([
      { uid: "a", returnValue: ["a", "object"] },
      {
        uid: "b",
        state: "FAILED",
        failure: { code: "TASK_NOT_SERIALIZABLE", message: containing("unknown format") },
      },
    ]);
  });

  it("carries 100 MB there and back, and leaves no file of it", async () => {
    const engine = await openTestEngine("echo_engine");
    const bytes = Buffer.alloc(100_000_000, "rhapsody");

    await engine.handle.submit([call("a", [bytes])]);
    await engine.until(() => engine.updates.length === 1);

    const [update] = engine.updates as { returnValue: { args: [Uint8Array] } }[];
    expect(Buffer.compare(update!.returnValue.args[0], bytes)).toBe(0);
    const [scratch, ...others] = readdirSync(engine.context.workDir);
    expect(others).toEqual([]);
    expect(readdirSync(join(engine.context.workDir, scratch!))).toEqual([]);
  });

  it("takes every outcome of a flood, once", async () => {
    const engine = await openTestEngine("trouble_engine", KINDS);
    const tasks = Array.from({ length: 1000 }, (_, index) => ofKind(`task.${index}`, "flood"));

    await engine.handle.submit(tasks);
    await engine.until(() => engine.updates.length >= tasks.length);

    expect(new Set(engine.updates.map(({ uid }) => uid)).size).toBe(1000);
    expect(engine.updates).toHaveLength(1000);
  });

  it("closes once, takes nothing after that, and leaves nothing behind", async () => {
    const engine = await openTestEngine("echo_engine", KINDS);
    await engine.handle.submit([ofKind("a", "held")]);
    await engine.until(() => engine.updates.length === 1);
    const { pid } = engine.handle.facts;

    await Promise.all([engine.handle.close(0), engine.handle.close(0)]);
    await engine.handle.close(0);

    expect(existsSync(`/proc/${String(pid)}`)).toBe(false);
    expect(readdirSync(engine.context.workDir)).toEqual([]);
    expect(ends(engine)).toEqual([]);
    expect(engine.losses).toEqual([]);
    expect(await rejectionOf(engine.handle.submit([ofKind("b", "done")]))).toMatchObject({ code: "BACKEND_CLOSED" });
    expect(await rejectionOf(engine.handle.call("echo"))).toMatchObject({ code: "BACKEND_CLOSED" });
    expect(await engine.handle.cancel([ofKind("a", "held")], "late")).toEqual(["cancelled"]);
  });
});
