import assert from "node:assert/strict";
import type { FunctionKind, TaskWork } from "@rhapsody/core";
import { test, type ConformanceTest, type Topic } from "../suite/topic.ts";
import { functionsUrl, moduleCall } from "../work/module-call.ts";
import { call } from "../work/program.ts";
import { pythonCall } from "../work/python-call.ts";
import { assertDone } from "./assertions.ts";

/** Arguments and results of functions. */
export const functionValues: Topic = {
  id: "function-values",
  title: "arguments and results of functions",
  tests: ({ capabilities }) => capabilities.functionKinds.flatMap(testsOf),
};

/** Values that every kind of function takes and gives: those of JSON. */
const plain: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1.5,
  Number.MAX_SAFE_INTEGER,
  "",
  'grüße\n日本語 🎻 \u0000 \\ "',
  [],
  {},
  [1, ["two", [null, { three: 3 }]]],
  { "a key": { nested: [{ deep: true }] }, "": 0 },
];

/** Values that JSON cannot carry and JavaScript's structured clone can. */
const beyondJson: readonly unknown[] = [
  undefined,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  2n ** 70n,
  [undefined, Number.NaN],
  { absent: undefined, big: 1n },
  new Date(0),
  new Map([["a", new Set([1n])]]),
];

function testsOf(kind: FunctionKind): readonly ConformanceTest[] {
  return [
    test(`plain/${kind}`, `hands plain values to ${kind} functions and back unchanged`, (trial) =>
      roundTrip(kind, trial, plain),
    ),
    test(`bytes/${kind}`, `hands bytes to ${kind} functions and back unchanged`, async (trial) => {
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      const [end] = await ends(kind, trial, [bytes]);

      assert.ok(end?.returnValue instanceof Uint8Array, "bytes come back as a Uint8Array");
      // A Buffer is a Uint8Array too, but not deeply equal to one.
      assert.deepEqual([...end.returnValue], [...bytes]);
    }),
    test(`large/${kind}`, `hands a text of a mebibyte to ${kind} functions and back`, (trial) =>
      roundTrip(kind, trial, ["x".repeat(1024 * 1024)]),
    ),
    ...(kind === "python"
      ? [
          test("arguments/python", "hands over several arguments in order", async (trial) => {
            const opening = await trial.use();
            const end = await opening.run(pythonCall("operator:sub", 7, 2));

            assertDone(end);
            assert.equal(end.returnValue, 5);
          }),
        ]
      : [
          test(`rich/${kind}`, `hands values beyond JSON to ${kind} functions and back unchanged`, (trial) =>
            roundTrip(kind, trial, beyondJson),
          ),
          test(`arguments/${kind}`, `hands over several arguments in order, and awaits the result`, async (trial) => {
            const opening = await trial.use();
            const end = await opening.run(echoAll(kind, [1, "two", undefined, [4]]));

            assertDone(end);
            assert.deepEqual(end.returnValue, [1, "two", undefined, [4]]);
          }),
        ]),
  ];
}

async function roundTrip(
  kind: FunctionKind,
  trial: Parameters<ConformanceTest["run"]>[0],
  values: readonly unknown[],
): Promise<void> {
  const given = await ends(kind, trial, values);

  values.forEach((value, index) =>
    assert.deepEqual(given[index]?.returnValue, value, `value ${index} came back changed`),
  );
}

async function ends(kind: FunctionKind, trial: Parameters<ConformanceTest["run"]>[0], values: readonly unknown[]) {
  const opening = await trial.use();
  const all = await opening.runAll(values.map((value) => opening.spec(echo(kind, value))));
  return all.map((end) => {
    assertDone(end);
    return end;
  });
}

function echo(kind: FunctionKind, value: unknown): TaskWork {
  if (kind === "inline") return call({ kind, call: (given) => given }, [value]);
  return kind === "module" ? moduleCall("echo", value) : pythonCall("copy:copy", value);
}

function echoAll(kind: "inline" | "module", values: readonly unknown[]): TaskWork {
  if (kind === "module") return call({ kind, url: functionsUrl(), name: "echoAll" }, values);
  return call({ kind, call: async (...given) => Promise.resolve(given) }, values);
}
