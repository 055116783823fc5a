import { deserialize, serialize } from "node:v8";
import type { TaskSpec, TaskWork } from "@rhapsody/core";
import { describe, expect, it } from "vitest";
import { toReturnValue, toWork } from "./to-work.ts";

const surroundings = { backend: "dask", environment: { SHARED: "1" }, captureDir: "/out" };
const toTask = toWork({ node: ["node", "--no-warnings"], sessionUid: "s" });
const common = { args: [1, 2n], capture: "memory", maxOutputBytes: 100 } as const;
const sum: TaskWork = {
  kind: "function",
  function: { kind: "module", url: "file:///sim.js", name: "sum" },
  ...common,
};
const root: TaskWork = { kind: "function", function: { kind: "python", module: "math", name: "sqrt" }, ...common };

function specOf(work: TaskWork, dask?: object): TaskSpec {
  const backendOptions = dask === undefined ? {} : { dask };
  return {
    uid: "a",
    attempt: 2,
    epoch: 1,
    name: "label",
    work,
    environment: {},
    resources: {},
    priority: 0,
    backendOptions,
  };
}

describe("what the engine gets for a task", () => {
  it("is a call of Node.js for a function of a JavaScript module", () => {
    const task = toTask(specOf(sum), surroundings);

    expect(task).toMatchObject({ kind: "module", group: "file:///sim.js sum", options: {} });
    const work = task.work as { readonly argv: readonly string[]; readonly input: Uint8Array };
    expect(work).toMatchObject({ kind: "call", environment: { SHARED: "1" }, capture: "memory", maxOutputBytes: 100 });
    expect(work.argv.slice(0, 2)).toEqual(["node", "--no-warnings"]);
    expect(deserialize(work.input)).toEqual({
      url: "file:///sim.js",
      name: "sum",
      args: [1, 2n],
      task: { uid: "a", name: "label", attempt: 2, backend: "dask", sessionUid: "s" },
    });
  });

  it("says that an argument cannot be copied", () => {
    const spec = specOf({ ...sum, args: [() => 1] });

    expect(() => toTask(spec, surroundings)).toThrow(
      expect.objectContaining({ code: "TASK_NOT_SERIALIZABLE", part: "args" }),
    );
  });

  it("has Dask's options beside the work, and tells the worker of a function that is to be killable", () => {
    const task = toTask(specOf(root, { killable: true, resources: { GPU: 1 }, workers: "a" }), surroundings);

    expect(task).toMatchObject({
      kind: "python",
      group: "math:sqrt",
      options: { resources: { GPU: 1 }, workers: "a" },
    });
    expect(task.options).not.toHaveProperty("killable");
    expect(task.work).toMatchObject({ kind: "python", module: "math", name: "sqrt", killable: true });
  });
});

it("gives the values of JavaScript functions as they were, and leaves bytes of others alone", () => {
  const value = new Map([["a", new Set([1n])]]);
  const bytes = serialize(value);

  expect(toReturnValue(new Uint8Array(bytes), specOf(sum))).toEqual(value);
  expect(toReturnValue(bytes, specOf(root))).toBe(bytes);
});
