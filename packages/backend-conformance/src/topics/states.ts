import assert from "node:assert/strict";
import { letEventsArrive } from "../observe/turns.ts";
import type { WorkKind } from "../suite/conformance-options.ts";
import type { Settings } from "../suite/settings.ts";
import { test, type Topic } from "../suite/topic.ts";
import type { Opening } from "../trial/opening.ts";
import type { Trial } from "../trial/trial.ts";
import { failingWork, smallWork } from "../work/samples.ts";
import { assertDone } from "./assertions.ts";
import { checkOrder, checkShape } from "./update-rules.ts";

/** States of single tasks. */
export const states: Topic = {
  id: "states",
  title: "what is reported of a task",
  tests: ({ kinds, settings }) =>
    kinds.flatMap((kind) => [
      test(`done/${kind}`, `reports DONE for ${kind} work that ends well`, async (trial) => {
        const opening = await trial.use();

        assertDone(await opening.run(smallWork(kind, trial.settings)));
      }),
      test(`order/${kind}`, `reports at most one RUNNING and then exactly one end of ${kind} work`, async (trial) => {
        await reportsOfBoth(kind, trial, checkOrder);
      }),
      test(`shape/${kind}`, `reports ${kind} work in well-formed updates that name the attempt`, async (trial) => {
        await reportsOfBoth(kind, trial, checkShape);
      }),
      ...(failingWork(kind, settings) === undefined
        ? []
        : [
            test(
              `failed/${kind}`,
              `reports FAILED for ${kind} work that ends badly, and runs its neighbours`,
              async (trial) => {
                const opening = await trial.use();
                const specs = works(kind, trial.settings).map((work) => opening.spec(work));

                const ends = await opening.runAll(specs);

                assert.deepEqual(
                  ends.map(({ state }) => state),
                  ["DONE", "FAILED", "DONE"],
                );
              },
            ),
          ]),
    ]),
};

/** A failing task, where there is such, between two that end well. */
function works(kind: WorkKind, settings: Settings): ReturnType<typeof smallWork>[] {
  const failing = failingWork(kind, settings);
  return [smallWork(kind, settings), ...(failing === undefined ? [] : [failing]), smallWork(kind, settings)];
}

async function reportsOfBoth(kind: WorkKind, trial: Trial, check: typeof checkOrder): Promise<void> {
  const opening: Opening = await trial.open();
  const since = Date.now();
  const specs = works(kind, trial.settings).map((work) => opening.spec(work));
  await opening.runAll(specs);
  await opening.close();
  await letEventsArrive();

  check(opening.log.all, { specs, since });
}
