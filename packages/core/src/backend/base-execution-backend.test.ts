import { describe, expect, it } from "vitest";
import { exitCode1, obliging, program, rejectionOf, sessionOf } from "../__fixtures__/open-session.ts";
import { ComputeTask } from "../task/compute-task.ts";
import { RecordingBackend } from "../testing/recording-backend.ts";

describe("a backend used directly", () => {
  it("goes from INITIALIZED through RUNNING to SHUTDOWN", async () => {
    await using backend = obliging();
    const states: string[] = [backend.state];

    await backend.initialize();
    states.push(backend.state);
    await backend.shutdown();
    states.push(backend.state);

    expect(states).toEqual(["INITIALIZED", "RUNNING", "SHUTDOWN"]);
  });

  it("runs tasks without being initialised first", async () => {
    await using backend = obliging({ respond: () => ({ stdout: "7" }) });

    const [future] = await backend.submitTasks([program("a")]);

    expect((await future).stdout).toBe("7");
    expect(backend.state).toBe("RUNNING");
  });

  it("tells callbacks the main states, whenever they were registered", async () => {
    const failed = (uid: string) => uid === "b";
    await using backend = new RecordingBackend({
      respond: ({ uid }) => (failed(uid) ? { failure: exitCode1 } : {}),
    });
    const seen: string[] = [];
    backend.registerCallback(({ uid }, state) => seen.push(`${uid} ${state}`));
    const [first, second] = await backend.submitTasks([program("a"), program("b")]);
    await second.settled();
    backend.registerCallback(({ uid }, state) => seen.push(`late: ${uid} ${state}`));
    await first;
    const [third] = await backend.submitTasks([program("c")]);
    await third;

    expect(seen).toEqual(["a RUNNING", "a DONE", "b FAILED", "c RUNNING", "late: c RUNNING", "c DONE", "late: c DONE"]);
  });

  it("tells callbacks CANCELED, spelled as backends do", async () => {
    await using backend = new RecordingBackend();
    const seen: string[] = [];
    backend.registerCallback((_, state) => seen.push(state));
    const [future] = await backend.submitTasks([program("a")]);

    await future.cancel();

    expect(seen).toEqual(["CANCELED"]);
  });

  it("goes on when a callback throws", async () => {
    await using backend = obliging();
    backend.registerCallback(() => {
      throw new Error("mine");
    });

    const [future] = await backend.submitTasks([program("a")]);

    expect((await future).state).toBe("DONE");
  });

  it("checks tasks as a session does", async () => {
    await using backend = obliging();

    expect(await rejectionOf(backend.submitTasks([program("../x")]))).toMatchObject({ code: "TASK_VALIDATION" });
  });

  it("knows dependencies and task objects as a session does", async () => {
    await using backend = obliging({ respond: ({ uid }) => ({ stdout: uid }) });
    const first = new ComputeTask({ uid: "a", executable: "work" });

    const [, second] = await backend.submitTasks([first, program("b", { arguments: [first] })]);
    await second;

    expect(backend.submissions[1]!.work).toMatchObject({ arguments: ["a"] });
  });

  it("cancels what is not done when it is shut down, once", async () => {
    const backend = new RecordingBackend();
    const [future] = await backend.submitTasks([program("a")]);
    await backend.submission("a");

    await Promise.all([backend.shutdown(), backend.shutdown()]);
    await backend.shutdown();

    expect(future.state).toBe("CANCELLED");
    expect(backend.isOpen).toBe(false);
  });

  it("is shut down when its block is left", async () => {
    let outside: RecordingBackend;
    {
      await using backend = obliging();
      await backend.initialize();
      outside = backend;
    }

    expect(outside.state).toBe("SHUTDOWN");
  });

  it.each([
    ["initialize", (backend: RecordingBackend) => backend.initialize()],
    ["submitTasks", (backend: RecordingBackend) => backend.submitTasks([program("a")])],
  ])("refuses %s after it was shut down", async (_, use) => {
    const backend = obliging();
    await backend.shutdown();

    expect(await rejectionOf(use(backend))).toMatchObject({ code: "BACKEND_CLOSED", backend: "recording" });
  });

  it("says why it cannot be initialised, and can be tried again", async () => {
    await using backend = obliging();
    backend.openErrors.push(new Error("no such host"));

    expect(await rejectionOf(backend.initialize())).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    await expect(backend.initialize()).resolves.toBe(backend);
  });

  it.each([undefined, null, "log"])("refuses %j as a callback", (callback) => {
    expect(() => obliging().registerCallback(callback as never)).toThrow(TypeError);
  });

  it("leaves no listener for signals behind", async () => {
    const before = process.listenerCount("SIGINT");
    const backend = obliging();
    await backend.initialize();

    await backend.shutdown();

    expect(process.listenerCount("SIGINT")).toBe(before);
  });
});

describe("a backend cannot be used directly and in a session at once", () => {
  const inUse = { code: "BACKEND_IN_USE", backend: "recording" };

  it("when a session has it", async () => {
    const backend = obliging();
    sessionOf({ backends: [backend] });

    expect(await rejectionOf(backend.initialize())).toMatchObject(inUse);
    expect(await rejectionOf(backend.submitTasks([program("a")]))).toMatchObject(inUse);
  });

  it("when it is used directly", async () => {
    await using backend = obliging();
    await backend.initialize();

    expect(() => sessionOf({ backends: [backend] })).toThrow(
      expect.objectContaining({ ...inUse, message: expect.stringContaining("leave out initialize()") as string }),
    );
  });

  it("but one after the other", async () => {
    const backend = obliging();
    await backend.submitTasks([program("a")]);
    await backend.shutdown();

    const [future] = await sessionOf({ backends: [backend] }).submitTasks([program("a")]);

    expect((await future).state).toBe("DONE");
  });

  it("and may be used directly after a session had it", async () => {
    await using backend = obliging();
    const session = sessionOf({ backends: [backend] });
    await session.start();
    await session.close();

    const [future] = await backend.submitTasks([program("a")]);

    expect((await future).state).toBe("DONE");
  });
});
