import assert from "node:assert/strict";
import { runningChildren } from "../observe/processes.ts";
import { grown, startedResources } from "../observe/resources.ts";
import { letEventsArrive } from "../observe/turns.ts";
import { test, type Topic } from "../suite/topic.ts";
import { smallWork } from "../work/samples.ts";
import { assertDone, rejectsWithCode } from "./assertions.ts";

/** Opening and closing with nothing under way. */
export const lifeCycle: Topic = {
  id: "life-cycle",
  title: "opening and closing",
  tests: ({ kinds: [kind], capabilities }) =>
    kind === undefined
      ? []
      : [
          test("nothing-to-do", "opens and closes without a task, reporting nothing", async (trial) => {
            const opening = await trial.open();
            await opening.close();

            assert.deepEqual(opening.log.all, []);
          }),
          test("open-twice", "refuses to be opened twice, and the first opening goes on", async (trial) => {
            const opening = await trial.open();

            await rejectsWithCode(trial.open(), "BACKEND_IN_USE");
            const end = await opening.run(smallWork(kind, trial.settings));
            assert.equal(end.state, "DONE");
          }),
          test("open-again", "opens again after close, under the new epoch", async (trial) => {
            const first = await trial.open();
            await first.run(smallWork(kind, trial.settings));
            await first.close();
            const second = await trial.open();
            const end = await second.run(smallWork(kind, trial.settings));

            assert.equal(end.state, "DONE");
            assert.equal(end.epoch, second.epoch);
            assert.ok(
              second.log.all.every(({ epoch }) => epoch === second.epoch),
              "an update names another epoch",
            );
          }),
          test("given-up", "opens again after an opening that was given up meanwhile", async (trial) => {
            // It may come all the same.
            const first = await trial.open({ givesUp: true }).catch(() => undefined);
            await first?.close();
            const second = await trial.open();

            assertDone(await second.run(smallWork(kind, trial.settings)));
          }),
          test("old-handle", "keeps a closed handle closed when it is opened again", async (trial) => {
            const first = await trial.open();
            await first.close();
            const second = await trial.open();

            await rejectsWithCode(first.handOver([first.spec(smallWork(kind, trial.settings))]), "BACKEND_CLOSED");
            assertDone(await second.run(smallWork(kind, trial.settings)));
            assert.deepEqual(first.log.all, []);
          }),
          test("close-twice", "closes as often as it is asked to, also at the same time", async (trial) => {
            const opening = await trial.open();

            await Promise.all([opening.close(), opening.close()]);
            await opening.close(10);
          }),
          test("submit-after-close", "refuses work after close, and reports nothing of it", async (trial) => {
            const opening = await trial.open();
            await opening.close();
            const spec = opening.spec(smallWork(kind, trial.settings));

            await rejectsWithCode(opening.handOver([spec]), "BACKEND_CLOSED");
            await letEventsArrive();
            assert.deepEqual(opening.log.all, []);
          }),
          ...(capabilities.cancellation === "none"
            ? []
            : [
                test(
                  "cancel-after-close",
                  "says after close that attempts are cancelled, as none is left",
                  async (trial) => {
                    const opening = await trial.open();
                    const spec = opening.spec(smallWork(kind, trial.settings));
                    await opening.runAll([spec]);
                    await opening.close();

                    assert.deepEqual(await opening.cancel([spec]), ["cancelled"]);
                  },
                ),
              ]),
          test("leaves-nothing", "leaves no process, server or socket behind", async (trial) => {
            const before = { resources: startedResources(), children: runningChildren() };
            const opening = await trial.open();
            await opening.run(smallWork(kind, trial.settings));
            await opening.close();

            assert.deepEqual([...runningChildren().difference(before.children)], [], "processes are left");
            await letEventsArrive();
            assert.deepEqual(grown(before.resources, startedResources()), [], "handles are left");
          }),
        ],
};
