import assert from "node:assert/strict";
import { letEventsArrive } from "../observe/turns.ts";
import { test, type ConformanceTest, type Topic } from "../suite/topic.ts";
import { obedientProgram, stubbornProgram } from "../work/lasting-program.ts";
import { processTree } from "../work/process-tree.ts";
import { call } from "../work/program.ts";
import { canHold, heldWork, smallWork } from "../work/samples.ts";
import { assertCode } from "./assertions.ts";
import { checkShape } from "./update-rules.ts";

/** Far more than a program that ends when asked needs, on the busiest machine. */
const LONG_GRACE_MS = 20_000;

const SHORT_GRACE_MS = 100;

/** Closing while work is under way. */
export const close: Topic = {
  id: "close",
  title: "closing with work under way",
  tests: ({ kinds, settings }) => [
    ...kinds
      .filter((kind) => canHold(kind, settings))
      .map((kind) =>
        test(
          `running/${kind}`,
          `stops ${kind} work, says nothing untrue of it, and is silent from then on`,
          async (trial) => {
            const opening = await trial.open();
            const since = Date.now();
            const held = heldWork(kind, trial);
            const spec = opening.spec(held.work);
            await opening.submit([spec]);
            await held.began();

            await opening.close();
            assert.ok(!held.runs(), "the work still runs");
            const count = opening.log.all.length;
            await letEventsArrive();

            assert.equal(opening.log.all.length, count, "something was reported after close had resolved");
            const states = opening.log.all.map(({ state }) => state).join(" ");
            assert.match(states, /^(RUNNING)?( ?CANCELED)?$/, `work stopped by close was reported as: ${states}`);
            checkShape(opening.log.all, { specs: [spec], since });
          },
        ),
      ),
    ...kinds.slice(0, 1).map((kind) =>
      test("during-submit", "settles a submit that close overtakes", async (trial) => {
        const opening = await trial.open();
        const spec = opening.spec(smallWork(kind, trial.settings));

        const submitted = opening.handOver([spec]).catch((error: unknown) => assertCode(error, "BACKEND_CLOSED"));
        await opening.close();
        await submitted;
      }),
    ),
    ...(kinds.includes("inline") ? inline : []),
    ...(kinds.includes("executable") ? programs : []),
  ],
};

const inline: readonly ConformanceTest[] = [
  test(
    "detached/inline",
    "does not wait for a closure that ignores its signal, and never reports its end",
    async (trial) => {
      const opening = await trial.open();
      const began = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const run = async (): Promise<void> => {
        began.resolve();
        await release.promise;
      };
      await opening.submit([opening.spec(call({ kind: "inline", call: run }, []))]);
      await trial.within(began.promise, "the closure to be called");

      await opening.close(1);
      const count = opening.log.all.length;
      release.resolve();
      await letEventsArrive();
      assert.equal(opening.log.all.length, count, "something was reported after close had resolved");
    },
  ),
];

const programs: readonly ConformanceTest[] = [
  test("tree", "leaves no process behind when it kills at once", async (trial) => {
    const opening = await trial.open();
    const tree = processTree(trial);
    await opening.submit([opening.spec(tree.work)]);
    await tree.began();

    await opening.close(0);
    assert.deepEqual(tree.alive(), [], "these processes still run");
  }),
  test("grace", "asks programs to end, and does not wait longer than they need", async (trial) => {
    const opening = await trial.open();
    const obedient = obedientProgram(trial);
    await opening.submit([opening.spec(obedient.work)]);
    await obedient.process.written();
    const since = performance.now();

    await opening.close(LONG_GRACE_MS);
    assert.ok(obedient.wasAsked(), "the program did not get to end by itself");
    assert.ok(!obedient.process.alive, "the process still runs");
    assert.ok(performance.now() - since < LONG_GRACE_MS, "the whole grace was waited out");
  }),
  test("grace-over", "kills programs that do not end within the grace", async (trial) => {
    const opening = await trial.open();
    const stubborn = stubbornProgram(trial);
    await opening.submit([opening.spec(stubborn.work)]);
    await stubborn.process.written();

    await opening.close(SHORT_GRACE_MS);
    assert.ok(!stubborn.process.alive, "the process still runs");
  }),
];
