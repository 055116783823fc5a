import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { exitCode1, obliging, openSession, program, rejectionOf, turn } from "../__fixtures__/open-session.ts";
import { isTaskHandle } from "./task-handle.ts";

const failing = { respond: () => ({ failure: exitCode1 }) };

describe("awaiting a future", () => {
  it("gives the result of a DONE task", async () => {
    const { session } = openSession({ respond: () => ({ stdout: "7\n", exitCode: 0 }) });
    const [future] = await session.submitTasks([program("a", { name: "seven" })]);

    expect(await future).toEqual({
      uid: "a",
      name: "seven",
      state: "DONE",
      backend: "recording",
      returnValue: "7\n",
      stdout: "7\n",
      stderr: "",
      outputTruncated: false,
      exitCode: 0,
      attempts: 1,
      times: {
        submitted: expect.any(Number) as number,
        scheduled: expect.any(Number) as number,
        started: expect.any(Number) as number,
        finished: expect.any(Number) as number,
      },
    });
  });

  it("rejects for a FAILED one, with all that is known", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a")]);
    await backend.submission("a");
    backend.fail("a", exitCode1, { exitCode: 1, stderr: "boom\n", stdout: "half" });

    expect(await rejectionOf(future)).toMatchObject({
      name: "TaskExecutionError",
      code: "TASK_EXIT_CODE",
      uid: "a",
      backend: "recording",
      attempt: 1,
      exitCode: 1,
      stderrTail: "boom",
      message: "[a on recording] exited with code 1; its stderr ended:\nboom",
      result: { state: "FAILED", stdout: "half", stderr: "boom\n", returnValue: undefined },
    });
  });

  it("keeps a failure's result, which leads back to it, out of JSON and logs", async () => {
    const { session } = openSession(failing);
    const [future] = await session.submitTasks([program("a")]);
    const error = await rejectionOf(future);

    expect(Object.keys(error as object)).not.toContain("result");
    expect(() => JSON.stringify(error)).not.toThrow();
  });

  it("keeps at most the last 2,000 characters of standard error in the error", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a")]);
    await backend.submission("a");
    backend.fail("a", exitCode1, { stderr: `${"x".repeat(100_000)}the end` });

    const error = (await rejectionOf(future)) as Error & { stderrTail: string };

    expect(error.stderrTail).toHaveLength(2000);
    expect(error.stderrTail.endsWith("the end")).toBe(true);
    expect(error.message.length).toBeLessThan(2200);
  });

  it("gives the same each time, before and after the end", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a")]);
    const early = [future.settled(), future.settled()];
    await backend.submission("a");
    backend.done("a");

    const [first, second] = await Promise.all(early);
    const third = await future;

    expect(first).toBe(second);
    expect(third).toBe(first);
  });

  it("works with Promise.all, allSettled and race", async () => {
    const { session } = openSession({ respond: ({ uid }) => (uid === "bad" ? { failure: exitCode1 } : {}) });
    const [good, bad] = await session.submitTasks([program("good"), program("bad")]);

    expect(await rejectionOf(Promise.all([good, bad]))).toMatchObject({ uid: "bad" });
    expect((await Promise.allSettled([good, bad])).map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect((await Promise.race([good, new Promise<never>(() => {})])).uid).toBe("good");
  });

  it("calls both kinds of handler with what they are for", async () => {
    const { session } = openSession({ respond: ({ uid }) => (uid === "bad" ? { failure: exitCode1 } : {}) });
    const [good, bad] = await session.submitTasks([program("good"), program("bad")]);

    expect(
      await good.then(
        ({ uid }) => `done ${uid}`,
        () => "failed",
      ),
    ).toBe("done good");
    expect(await bad.then(null, () => "failed")).toBe("failed");
  });
});

describe("a future", () => {
  it("tells where its task stands", async () => {
    const { session, backend } = openSession();
    const [future] = await session.submitTasks([program("a")]);
    expect([future.uid, future.state, future.backend, future.result]).toEqual([
      "a",
      "SCHEDULING_PENDING",
      "recording",
      undefined,
    ]);

    await backend.submission("a");
    backend.done("a", { stdout: "x" });
    await turn();

    expect(future.state).toBe("DONE");
    expect(future.result?.stdout).toBe("x");
  });

  it("settles without rejecting on request", async () => {
    const { session } = openSession(failing);
    const [future] = await session.submitTasks([program("a")]);

    expect(await future.settled()).toMatchObject({ state: "FAILED", error: { code: "TASK_EXIT_CODE" } });
  });

  it("is a handle, and so is a task; their look-alikes are not", async () => {
    const { session } = openSession(obliging());
    const [future] = await session.submitTasks([program("a")]);

    expect(isTaskHandle(future)).toBe(true);
    for (const other of [Promise.resolve(), { uid: "a", state: "DONE" }, null, "a"]) {
      expect(isTaskHandle(other)).toBe(false);
    }
  });

  it("resolves only after its dependents are under way, so that nobody sees a half-settled session", async () => {
    const { session } = openSession(obliging());
    const [first, second] = await session.submitTasks([program("a"), program("b", { dependencies: ["a"] })]);

    await first;

    expect(second.state).not.toBe("NEW");
    expect(session.statistics().states.DONE).toBeGreaterThanOrEqual(1);
  });
});

it("raises no unhandledRejection for failures that nobody awaits", async () => {
  const script = `
    import { NoopExecutionBackend, Session, silentLogger } from "@rhapsody/core";
    import { RecordingBackend } from "@rhapsody/core/testing";
    const backend = new RecordingBackend({ respond: () => ({ failure: { code: "TASK_EXIT_CODE", message: "no" } }) });
    const session = new Session({ backends: [backend], logger: silentLogger });
    const [a, b, c] = await session.submitTasks([
      { executable: "work", uid: "a" },
      { executable: "work", uid: "b", dependencies: ["a"] },
      { prompt: () => { throw new Error("no"); }, uid: "c" },
    ]);
    void a.settled(); void b.state; void c.result;
    const pending = session.cancel(["a", "b", "c"]);
    await session.close({ mode: "drain" });
    await pending;
    await new Promise((resolve) => setImmediate(resolve));
    console.log(a.state, b.state, c.state);
  `;

  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--unhandled-rejections=strict", "--input-type=module", "--eval", script],
    { cwd: import.meta.dirname },
  );

  expect(stdout.trim().split(" ")).toHaveLength(3);
});
