import assert from "node:assert/strict";
import { taskContext, type TaskWork } from "@rhapsody/core";
import { test, type ConformanceTest, type Topic } from "../suite/topic.ts";
import { moduleCall } from "../work/module-call.ts";
import { call } from "../work/program.ts";
import { assertDone } from "./assertions.ts";

/** What a JavaScript function can find out about its task. */
export const functionContext: Topic = {
  id: "function-context",
  title: "what a function knows of its task",
  tests: ({ capabilities }) =>
    capabilities.functionKinds
      .filter((kind) => kind !== "python")
      .flatMap((kind): readonly ConformanceTest[] => [
        test(`task/${kind}`, `tells a ${kind} function its task by taskContext()`, async (trial) => {
          const opening = await trial.use();
          const spec = opening.spec(reading(kind), { attempt: 3, name: "a label" });
          const [end] = await opening.runAll([spec]);

          assert.ok(end !== undefined);
          assertDone(end);
          assert.deepEqual(end.returnValue, {
            uid: spec.uid,
            name: "a label",
            attempt: 3,
            backend: opening.backend.name,
            sessionUid: "conformance",
            aborted: false,
          });
        }),
      ]),
};

function reading(kind: "inline" | "module"): TaskWork {
  if (kind === "module") return moduleCall("context");
  const read = (): unknown => {
    const { uid, name, attempt, backend, sessionUid, signal } = taskContext();
    return { uid, name, attempt, backend, sessionUid, aborted: signal.aborted };
  };
  return call({ kind, call: read }, []);
}
