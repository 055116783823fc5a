import assert from "node:assert/strict";
import type { Session, TaskDescription, TaskWork } from "@rhapsody/core";
import type { WorkKind } from "../suite/conformance-options.ts";
import type { Settings } from "../suite/settings.ts";
import { test, type ConformanceTest, type Subject, type Topic } from "../suite/topic.ts";
import { canHold, failingWork, heldWork, smallWork } from "../work/samples.ts";
import { rejectsWithCode } from "./assertions.ts";

/** A size of graph that keeps any backend busy for a while without trying anybody's patience. */
const LAYERS = 5;
const LAYER_SIZE = 8;

/** The backend in the hands of a session, which is how users meet it. */
export const session: Topic = {
  id: "session",
  title: "in a session",
  tests: (subject) => [...subject.kinds.flatMap((kind) => ofKind(kind, subject.settings)), ...ofAny(subject)],
};

function ofKind(kind: WorkKind, settings: Settings): readonly ConformanceTest[] {
  const failing = failingWork(kind, settings);
  return [
    test(`graph/${kind}`, `runs a graph of ${kind} tasks in the order of its edges`, async (trial) => {
      const opened = await trial.session();
      const small = describe(opened, smallWork(kind, settings));
      const begun: string[] = [];
      opened.registerCallback(({ uid }, state) => void (state === "EXECUTING_PENDING" && begun.push(uid)));
      const layers = Array.from({ length: LAYERS }, (_, layer) =>
        Array.from({ length: LAYER_SIZE }, (__, index) => ({
          ...small,
          uid: `${layer}.${index}`,
          dependencies: layer === 0 ? [] : Array.from({ length: LAYER_SIZE }, (___, below) => `${layer - 1}.${below}`),
        })),
      );

      const tasks = await opened.submitTasks(layers.flat());
      for (const task of tasks) {
        const { state } = await trial.within(task.settled(), `${task.uid} to end`);
        assert.equal(state, "DONE");
      }
      assert.deepEqual(
        begun.map((uid) => Number(uid.split(".")[0])),
        layers.flatMap((tasks, layer) => tasks.map(() => layer)),
      );
    }),
    ...(failing === undefined
      ? []
      : [
          test(`retry/${kind}`, `is given failed ${kind} work again as often as a retry policy says`, async (trial) => {
            const opened = await trial.session();
            const [task] = await opened.submitTasks([{ ...describe(opened, failing), retry: { attempts: 3 } }]);

            const result = await trial.within(task.settled(), "the last attempt to end");

            assert.equal(result.state, "FAILED");
            assert.equal(result.attempts, 3);
          }),
        ]),
    ...(canHold(kind, settings)
      ? [
          test(`cancel/${kind}`, `cancels ${kind} work under way, and goes on with other work`, async (trial) => {
            const opened = await trial.session();
            const held = heldWork(kind, trial);
            const [task] = await opened.submitTasks([describe(opened, held.work)]);
            await held.began();

            await trial.within(task.cancel("the test cancels it"), "the task to be cancelled");
            assert.equal((await task.settled()).state, "CANCELLED");
            const [next] = await opened.submitTasks([describe(opened, smallWork(kind, settings))]);
            assert.equal((await trial.within(next.settled(), "the next task to end")).state, "DONE");
          }),
          test(`timeout/${kind}`, `stops ${kind} work that takes longer than it may`, async (trial) => {
            const opened = await trial.session();
            const held = heldWork(kind, trial);
            const [task] = await opened.submitTasks([{ ...describe(opened, held.work), timeoutMs: 1 }]);

            const result = await trial.within(task.settled(), "the task to run out of time");
            assert.equal(result.state, "FAILED");
            assert.equal(Reflect.get(result.error ?? {}, "code"), "TASK_TIMEOUT");
          }),
          test(`close/${kind}`, `settles ${kind} work under way when the session closes`, async (trial) => {
            const opened = await trial.session();
            const held = heldWork(kind, trial);
            const [task] = await opened.submitTasks([describe(opened, held.work)]);
            await held.began();

            await trial.within(opened.close({ graceMs: 0 }), "the session to close");
            assert.equal((await task.settled()).state, "CANCELLED");
          }),
        ]
      : []),
  ];
}

function ofAny({ kinds: [kind], settings }: Subject): readonly ConformanceTest[] {
  if (kind === undefined) return [];
  return [
    test("drain", "finishes what was accepted when the session closes by draining", async (trial) => {
      const opened = await trial.session();
      const tasks = await opened.submitTasks(
        Array.from({ length: LAYER_SIZE }, () => describe(opened, smallWork(kind, settings))),
      );

      await trial.within(opened.close({ mode: "drain" }), "the session to drain");
      const results = await Promise.all(tasks.map((task) => task.settled()));
      assert.deepEqual([...new Set(results.map(({ state }) => state))], ["DONE"]);
    }),
    test("one-session", "serves one session at a time, and the next one after that", async (trial) => {
      const first = await trial.session();
      await first.submitTasks([describe(first, smallWork(kind, settings))]);
      await rejectsWithCode(trial.session(), "BACKEND_IN_USE");
      await trial.within(first.close({ mode: "drain" }), "the first session to close");

      const second = await trial.session();
      const [task] = await second.submitTasks([describe(second, smallWork(kind, settings))]);
      assert.equal((await trial.within(task.settled(), "the second session's task to end")).state, "DONE");
    }),
  ];
}

/** The description from which a session of one backend makes this work, by name: some backends run no other. */
function describe({ backends: [backend] }: Session, work: TaskWork): TaskDescription {
  switch (work.kind) {
    case "executable":
      return { backend, executable: work.executable, arguments: work.arguments };
    case "prompt": {
      const { prompt, model, sampling } = work;
      return { backend, prompt, ...(model !== undefined && { model }), ...sampling };
    }
    case "embedding":
      return { backend, embed: work.input };
    case "function":
      return work.function.kind === "inline"
        ? { backend, function: work.function.call, args: work.args }
        : { backend, function: work.function, args: work.args };
  }
}
