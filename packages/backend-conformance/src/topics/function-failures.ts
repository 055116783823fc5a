import assert from "node:assert/strict";
import type { FailedUpdate, FunctionKind, TaskFailureCode, TaskWork } from "@rhapsody/core";
import { test, type ConformanceTest, type Topic } from "../suite/topic.ts";
import type { Trial } from "../trial/trial.ts";
import { functionsUrl, moduleCall } from "../work/module-call.ts";
import { call } from "../work/program.ts";
import { pythonCall } from "../work/python-call.ts";
import { smallWork } from "../work/samples.ts";
import { assertDone, assertFailed } from "./assertions.ts";

/** How failures of functions look, the same on every backend. */
export const functionFailures: Topic = {
  id: "function-failures",
  title: "failures of functions",
  tests: ({ capabilities }) => [
    ...capabilities.functionKinds.map(threw),
    ...capabilities.functionKinds.filter((kind) => kind !== "python").flatMap(ofJavaScript),
    ...capabilities.functionKinds.filter((kind) => kind !== "inline").flatMap(ofWorkers),
  ],
};

function threw(kind: FunctionKind): ConformanceTest {
  const works = {
    inline: call(
      {
        kind: "inline",
        call: () => {
          throw new RangeError("division by zero");
        },
      },
      [],
    ),
    module: moduleCall("fail", "division by zero"),
    python: pythonCall("operator:truediv", 1, 0),
  };
  return test(`threw/${kind}`, `gives what the ${kind} function threw as the cause`, async (trial) => {
    const { failure } = await fails(trial, works[kind], "TASK_FUNCTION_THREW");

    assert.ok(failure.cause instanceof Error, `the cause is an Error, not ${typeof failure.cause}`);
    assert.match(failure.cause.message, /division by zero/);
    assert.match(failure.message, /division by zero/, "the failure's message says what was thrown");
    const name = kind === "python" ? "ZeroDivisionError" : "RangeError";
    assert.equal(failure.cause.name, name);
  });
}

function ofJavaScript(kind: FunctionKind): readonly ConformanceTest[] {
  // Not every library throws errors only.
  const text: unknown = "just text";
  const rejecting = call({ kind: "inline", call: () => Promise.reject(new RangeError("too late")) }, []);
  const throwingText = call(
    {
      kind: "inline",
      call: () => {
        throw text;
      },
    },
    [],
  );
  return [
    test(`rejected/${kind}`, `takes a rejected promise of a ${kind} function for a throw`, async (trial) => {
      const work = kind === "inline" ? rejecting : moduleCall("failLater", "too late");
      const { failure } = await fails(trial, work, "TASK_FUNCTION_THREW");

      assert.ok(failure.cause instanceof Error && failure.cause.message === "too late", String(failure.cause));
    }),
    test(`threw-text/${kind}`, `reports a ${kind} function that throws something else than an error`, async (trial) => {
      const work = kind === "inline" ? throwingText : moduleCall("failWithText", "just text");
      const { failure } = await fails(trial, work, "TASK_FUNCTION_THREW");

      assert.match(failure.message, /just text/);
    }),
  ];
}

function ofWorkers(kind: FunctionKind): readonly ConformanceTest[] {
  const python = kind === "python";
  const missingModule = python
    ? pythonCall("rhapsody_no_such_module:run")
    : call({ kind: "module", url: new URL("no-such-module.js", functionsUrl()).href, name: "run" }, []);
  return [
    test(`no-module/${kind}`, `names a ${kind} function's module that is not there`, async (trial) => {
      const { failure } = await fails(trial, missingModule, "TASK_FUNCTION_NOT_FOUND");

      assert.match(failure.message, python ? /rhapsody_no_such_module/ : /no-such-module\.js/);
    }),
    test(`no-function/${kind}`, `names a ${kind} function that its module does not have`, async (trial) => {
      const work = python ? pythonCall("math:rhapsody_missing") : moduleCall("missing");
      const { failure } = await fails(trial, work, "TASK_FUNCTION_NOT_FOUND");

      assert.match(failure.message, /missing/);
    }),
    test(`no-callable/${kind}`, `takes a ${kind} name that is no function for one that is missing`, async (trial) => {
      await fails(trial, python ? pythonCall("math:pi") : moduleCall("notAFunction"), "TASK_FUNCTION_NOT_FOUND");
    }),
    test(`result/${kind}`, `reports a result that cannot be sent back from a ${kind} function`, async (trial) => {
      await fails(trial, python ? pythonCall("threading:Lock") : moduleCall("giveUnsendable"), "TASK_NOT_SERIALIZABLE");
    }),
    test(`argument/${kind}`, `reports an argument that cannot be sent to a ${kind} function`, async (trial) => {
      const unsendable = (): string => "never sent";
      const work = python ? pythonCall("copy:copy", unsendable) : moduleCall("echo", unsendable);
      await fails(trial, work, "TASK_NOT_SERIALIZABLE");
    }),
    test(`died/${kind}`, `fails a ${kind} function whose worker died, and goes on with others`, async (trial) => {
      await fails(trial, python ? pythonCall("os:_exit", 3) : moduleCall("die"), "TASK_WORKER_DIED");

      const opening = await trial.use();
      assertDone(await opening.run(smallWork(kind, trial.settings)));
    }),
  ];
}

async function fails(trial: Trial, work: TaskWork, code: TaskFailureCode): Promise<FailedUpdate> {
  const opening = await trial.use();
  const end = await opening.run(work);
  assertFailed(end, code);
  return end;
}
