import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TaskExecutionError } from "../errors/task-errors.ts";
import type { TaskResult } from "../task/task-result.ts";
import { decodeResult, encodeResult } from "./encode-result.ts";

const times = { submitted: 1, scheduled: 2, started: 3, finished: 4 };
const done: TaskResult = {
  uid: "a",
  name: "a",
  state: "DONE",
  returnValue: undefined,
  stdout: "",
  stderr: "",
  outputTruncated: false,
  attempts: 1,
  times,
};

describe("the result of a task that ended DONE comes back just as it was", () => {
  it("of a program, whose value is kept once", () => {
    const result: TaskResult = {
      ...done,
      name: "fit",
      backend: "local",
      returnValue: "out\0\n",
      stdout: "out\0\n",
      stderr: "err",
      outputTruncated: true,
      exitCode: 0,
      resources: { cores: [1, 2], gpus: ["GPU-1"], nodes: ["n1"], peakMemoryBytes: 7, cpuTimeMs: 0.5 },
    };
    const stored = encodeResult(result, "executable", "key");

    expect(stored).toMatchObject({ stdout: "out\0\n", stderr: "err", exitCode: 0, finished: 4, cacheKey: "key" });
    expect(stored).not.toHaveProperty("value");
    expect(decodeResult("a", stored)).toStrictEqual(result);
  });

  it.each([undefined, null, 0, "", [1, { a: "b" }], new Map([[1, 2n]])])("of a function that returned %o", (value) => {
    const result: TaskResult = { ...done, returnValue: value, attempts: 3, stdout: "log" };

    expect(decodeResult("a", encodeResult(result, "function"))).toStrictEqual(result);
  });

  it.each(["Hello", ["Hello", "Hi"]])("of a prompt with the answer %o", (response) => {
    const usage = { promptTokens: 1, completionTokens: 2, totalTokens: 3 };
    const result: TaskResult = { ...done, returnValue: response, response, usage };

    expect(decodeResult("a", encodeResult(result, "prompt"))).toStrictEqual(result);
  });

  it("of any function", () => {
    fc.assert(
      fc.property(
        fc.anything({ withBigInt: true, withDate: true, withMap: true }),
        fc.string(),
        (returnValue, stdout) => {
          const result: TaskResult = { ...done, returnValue, stdout };

          expect(decodeResult("a", encodeResult(result, "function"))).toEqual(result);
        },
      ),
    );
  });
});

it("keeps little for a task without output", () => {
  expect(encodeResult({ ...done, exitCode: 0, returnValue: "" }, "executable")).toStrictEqual({
    state: "DONE",
    attempts: 1,
    finished: 4,
    exitCode: 0,
    details: '{"kind":"executable","times":{"submitted":1,"scheduled":2,"started":3,"finished":4}}',
  });
});

it("makes text of output that is none", () => {
  const stored = encodeResult({ ...done, stdout: "a\ud800", stderr: "\udc00b" }, "function");

  expect(stored).toMatchObject({ stdout: "a\ufffd", stderr: "\ufffdb" });
});

it("refuses a value that cannot be kept, by name", () => {
  expect(() => encodeResult({ ...done, returnValue: { stop: () => 1 } }, "function")).toThrow(
    "returnValue.stop is a function",
  );
  expect(() => encodeResult({ ...done, returnValue: [Symbol("s")] }, "prompt")).toThrow("response[0] is a symbol");
});

it.each([
  [
    new TaskExecutionError("TASK_EXIT_CODE", { uid: "a", message: "exited with code 1", attempt: 1, stderrTail: "" }),
    "TASK_EXIT_CODE",
  ],
  [new RangeError("exited with code 1"), "RangeError"],
])("keeps code and message of the error of a task that failed: %o", (error, code) => {
  const stored = encodeResult({ ...done, state: "FAILED", error, signal: "SIGKILL" }, "executable");

  expect(stored.error).toEqual({ code, message: expect.stringContaining("exited with code 1") as string });
  expect(decodeResult("a", stored)).toStrictEqual({ ...done, state: "FAILED", signal: "SIGKILL" });
});
