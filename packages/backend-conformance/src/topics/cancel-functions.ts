import assert from "node:assert/strict";
import { taskContext } from "@rhapsody/core";
import { untilFile } from "../observe/files.ts";
import { letEventsArrive } from "../observe/turns.ts";
import { test, type ConformanceTest, type Topic } from "../suite/topic.ts";
import { moduleCall } from "../work/module-call.ts";
import { call } from "../work/program.ts";
import { smallWork } from "../work/samples.ts";
import { assertDone } from "./assertions.ts";

/** What cancelling does to functions, which only end by themselves or with their worker. */
export const cancelFunctions: Topic = {
  id: "cancel-functions",
  title: "cancelling functions",
  tests: ({ kinds, capabilities }) =>
    capabilities.cancellation === "running"
      ? [...(kinds.includes("inline") ? inline : []), ...(kinds.includes("module") ? module : [])]
      : [],
};

const inline: readonly ConformanceTest[] = [
  test("signal/inline", "aborts the signal that taskContext() gives a closure", async (trial) => {
    const opening = await trial.open();
    const began = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const run = (): Promise<void> => {
      taskContext().signal.addEventListener("abort", () => aborted.resolve());
      began.resolve();
      return aborted.promise;
    };
    const spec = opening.spec(call({ kind: "inline", call: run }, []));
    await opening.submit([spec]);
    await trial.within(began.promise, "the closure to be called");

    await opening.cancel([spec]);
    await trial.within(aborted.promise, "the signal to be aborted");
  }),
  test(
    "detached/inline",
    'answers "detached" at once for a closure that ignores its signal, and reports no end of it',
    async (trial) => {
      const opening = await trial.open();
      const began = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const run = async (): Promise<void> => {
        began.resolve();
        await release.promise;
      };
      const spec = opening.spec(call({ kind: "inline", call: run }, []));
      await opening.submit([spec]);
      await trial.within(began.promise, "the closure to be called");

      assert.deepEqual(await opening.cancel([spec]), ["detached"]);
      release.resolve();
      await letEventsArrive();
      const ends = opening.log.of(spec).filter(({ state }) => state === "DONE" || state === "FAILED");
      assert.deepEqual(ends, [], "an end was reported of an attempt that was let go of");
    },
  ),
];

const module: readonly ConformanceTest[] = [
  test(
    "busy/module",
    "stops or lets go of a module's function that never looks up, and goes on with others",
    async (trial) => {
      const opening = await trial.open();
      const file = trial.path("spins");
      const spec = opening.spec(moduleCall("spin", file));
      await opening.submit([spec]);
      await untilFile(file, trial.settings.timeoutMs);

      const outcomes = await opening.cancel([spec]);
      assert.equal(outcomes.length, 1);
      assertDone(await opening.run(smallWork("module", trial.settings)));
      await opening.close();
      const ends = opening.log.of(spec).filter(({ state }) => state === "DONE" || state === "FAILED");
      assert.deepEqual(ends, [], "an end was reported of an attempt that was cancelled");
    },
  ),
];
