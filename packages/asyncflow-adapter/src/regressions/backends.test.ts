import { rejectionOf } from "@rhapsody-internal/fixtures";
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { RecordingBackend } from "@rhapsody/core/testing";
import { describe, expect, it } from "vitest";
import { createEngine, localEngine, recordingEngine } from "../__fixtures__/engines.ts";

describe("a prompt", () => {
  it("has the model's answer as its value, one for each prompt (W32)", async () => {
    const { flow } = await recordingEngine({
      respond: ({ work }) => ({
        response: work.kind === "prompt" && typeof work.prompt !== "string" ? ["one", "two"] : "one",
      }),
    });

    expect(await flow.promptTask((topic: string) => `About ${topic}`)("rain")).toBe("one");
    expect(await flow.promptTask(() => ["About rain", "About snow"])()).toEqual(["one", "two"]);
  });

  it("that fails says so with the backend's reason, not with text alone (W33)", async () => {
    const { flow } = await recordingEngine({
      respond: () => ({ failure: { code: "TASK_PROMPT_FAILED", message: "503 from the server" } }),
    });

    expect(await rejectionOf(flow.promptTask(() => "Hi")())).toMatchObject({
      code: "FLOW_TASK_FAILED",
      failure: "TASK_PROMPT_FAILED",
      message: expect.stringContaining("503 from the server") as string,
    });
  });
});

it("reads states of all backends alike (W34)", async () => {
  const backends = ["a", "b"].map((name) => new RecordingBackend({ name }));
  const flow = await createEngine({ backends });
  const calls = ["a", "b"].map((backend) => flow.functionTask(() => 1, { backend })());
  const look = (): unknown => calls.map(({ state }) => state);
  await Promise.all(backends.map((backend, at) => backend.submission(calls[at]!.uid)));
  const seen = [look()];

  backends.forEach((backend, at) => backend.run(calls[at]!.uid));
  seen.push(look());
  backends[0]!.done(calls[0]!.uid);
  backends[1]!.canceled(calls[1]!.uid);
  await Promise.all(calls.map((call) => call.settled()));
  seen.push(look());

  expect(seen).toEqual([
    ["EXECUTING_PENDING", "EXECUTING_PENDING"],
    ["EXECUTING", "EXECUTING"],
    ["DONE", "CANCELLED"],
  ]);
});

describe("what a backend does not take", () => {
  it("is never dropped: a handle in its arguments is its value by then (W35)", async () => {
    const { flow, backend } = await recordingEngine({ respond: () => ({ returnValue: 7 }) });
    const one = flow.functionTask(() => 1)();

    await flow.pythonTask("math:pow")(one, { exponent: one });

    expect(backend.submissions[1]?.work).toMatchObject({ args: [7, { exponent: 7 }] });
  });

  it.each([
    ["a prompt", (flow: Awaited<ReturnType<typeof localEngine>>) => flow.promptTask(() => "Hi")],
    ["a prompt, by name", (flow: Awaited<ReturnType<typeof localEngine>>) => flow.promptTask(() => "Hi", NAMED)],
  ])("is refused where the task function is defined: %s (W35)", async (_, define) => {
    const flow = await localEngine();

    expect(() => define(flow)).toThrow(
      expect.objectContaining({
        code: "FLOW_BACKEND_UNSUITABLE",
        message: expect.stringContaining("concurrent") as string,
      }),
    );
  });
});

const NAMED = { backend: "concurrent" } as const;

describe("a command line", () => {
  it("is never run by a shell, unless it is to be, on any backend (W36)", async () => {
    const recording = new RecordingBackend({ respond: () => ({ stdout: "", exitCode: 0 }) });
    const flow = await createEngine({
      backends: [new ConcurrentExecutionBackend({ resources: { gpus: 0 } }), recording],
    });
    const command = (): string => "echo $HOME; true";

    const plain = await flow.executableTask(command, NAMED)();
    const shell = await flow.executableTask(command, { ...NAMED, shell: true })();
    await flow.executableTask(command, { backend: "recording" })();

    expect(plain).toBe("$HOME; true\n");
    expect(shell).toBe(`${process.env["HOME"] ?? ""}\n`);
    expect(recording.submissions[0]?.work).toMatchObject({ executable: "echo", arguments: ["$HOME;", "true"] });
  });

  it.each([[false], [true]])("keeps its quotes, with shell: %s (W36)", async (shell) => {
    const flow = await localEngine();

    expect(await flow.executableTask(() => `printf '%s|' 'a   b' "c'd" e\\ f`, { shell })()).toBe("a   b|c'd|e f|");
  });
});

it("tells the end of every call exactly once, with the backend that ran it (W37)", async () => {
  const [first, second] = ["first", "second"].map(
    (name) => new RecordingBackend({ name, respond: () => ({ returnValue: name }) }),
  );
  const third = new RecordingBackend({ name: "third" });
  const flow = await createEngine({ backends: [first!, second!, third], uid: "flow" });
  const events = flow.events();
  const pass = flow.functionTask((given: unknown) => given);
  const bad = flow.block((): string => expect.fail("bad"))();

  pass(1);
  pass.with({ backend: "second" })(2);
  pass(bad);
  const cancelled = pass.with({ backend: "third" })(3);
  await third.submission(cancelled.uid);
  await cancelled.cancel();
  await flow.drain();
  await flow.shutdown();

  const ends: (readonly [string, ...unknown[]])[] = [];
  for await (const { uid, state, backend, error } of events) {
    if (["DONE", "FAILED", "CANCELLED"].includes(state)) ends.push([uid, state, backend, error?.code]);
  }
  expect(ends.toSorted(([a], [b]) => a.localeCompare(b))).toEqual([
    ["flow.1", "FAILED", "flow", "FLOW_TASK_FAILED"],
    ["flow.2", "DONE", "first", undefined],
    ["flow.3", "DONE", "second", undefined],
    ["flow.4", "FAILED", expect.anything(), "FLOW_DEPENDENCY_FAILED"],
    ["flow.5", "CANCELLED", "third", "FLOW_TASK_CANCELED"],
  ]);
});

it("refuses backends of the same name, and an empty list of them (W39)", async () => {
  const backends = ["same", "same"].map((name) => new RecordingBackend({ name }));

  await expect(createEngine({ backends })).rejects.toMatchObject({ code: "BACKEND_IN_USE" });
  await expect(createEngine({ backends: [] })).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
});
