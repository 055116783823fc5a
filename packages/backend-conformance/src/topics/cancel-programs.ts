import assert from "node:assert/strict";
import { test, type Topic } from "../suite/topic.ts";
import { obedientProgram, stubbornProgram } from "../work/lasting-program.ts";
import { processTree } from "../work/process-tree.ts";
import { program } from "../work/program.ts";
import { heldWork } from "../work/samples.ts";

/** What cancelling does to processes: once `cancel` has resolved, none is left. */
export const cancelPrograms: Topic = {
  id: "cancel-programs",
  title: "cancelling programs",
  tests: ({ kinds, capabilities }) =>
    kinds.includes("executable") && capabilities.cancellation === "running"
      ? [
          test("gone", 'answers "cancelled" once the process is gone', async (trial) => {
            const opening = await trial.open();
            const held = heldWork("executable", trial);
            const spec = opening.spec(held.work);
            await opening.submit([spec]);
            await held.began();

            assert.deepEqual(await opening.cancel([spec]), ["cancelled"]);
            assert.ok(!held.runs(), "the process still runs");
          }),
          test("tree", "ends descendants too, also those that left the process group", async (trial) => {
            const opening = await trial.open();
            const tree = processTree(trial);
            const spec = opening.spec(tree.work);
            await opening.submit([spec]);
            await tree.began();

            assert.deepEqual(await opening.cancel([spec]), ["cancelled"]);
            assert.deepEqual(tree.alive(), [], "these processes still run");
          }),
          test("asks-first", "asks a program to end before it kills it", async (trial) => {
            const opening = await trial.open();
            const obedient = obedientProgram(trial);
            const spec = opening.spec(obedient.work);
            await opening.submit([spec]);
            await obedient.process.written();

            await opening.cancel([spec]);
            assert.ok(obedient.wasAsked(), "the program did not get SIGTERM");
          }),
          test("stubborn", "kills a program that does not end when asked", async (trial) => {
            const opening = await trial.open();
            const stubborn = stubbornProgram(trial);
            const spec = opening.spec(stubborn.work);
            await opening.submit([spec]);
            await stubborn.process.written();

            assert.deepEqual(await opening.cancel([spec]), ["cancelled"]);
            assert.ok(!stubborn.process.alive, "the process still runs");
          }),
          test("just-taken", "leaves no process of work that it has just taken", async (trial) => {
            const opening = await trial.open();
            const held = heldWork("executable", trial);
            const spec = opening.spec(held.work);
            await opening.submit([spec]);

            assert.deepEqual(await opening.cancel([spec]), ["cancelled"]);
            // A process that was missed tells its id while another task runs from begin to end.
            await opening.run(program(trial.settings.shell, ["-c", ":"]));
            assert.ok(!held.runs(), "the process still runs");
          }),
        ]
      : [],
};
