import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { untilPid } from "../observe/files.ts";
import { isAlive } from "../observe/processes.ts";
import { test, type Topic } from "../suite/topic.ts";
import { processTree } from "../work/process-tree.ts";
import { program, TELL_PID } from "../work/program.ts";

/** What cancelling does to processes: once `cancel` has resolved, none is left. */
export const cancelPrograms: Topic = {
  id: "cancel-programs",
  title: "cancelling programs",
  tests: ({ kinds, capabilities }) =>
    kinds.includes("executable") && capabilities.cancellation === "running"
      ? [
          test("gone", 'answers "cancelled" once the process is gone', async (trial) => {
            const opening = await trial.open();
            const file = trial.path("pid");
            const spec = opening.spec(program(trial.settings.shell, ["-c", `${TELL_PID}; exec sleep 600`, "sh", file]));
            await opening.submit([spec]);
            const pid = await untilPid(file, trial.settings.timeoutMs);

            assert.deepEqual(await opening.cancel([spec]), ["cancelled"]);
            assert.ok(!isAlive(pid), "the process still runs");
          }),
          test("tree", "ends descendants too, also those that left the process group", async (trial) => {
            const opening = await trial.open();
            const tree = processTree(trial);
            const spec = opening.spec(tree.work);
            await opening.submit([spec]);
            const pids = await tree.pids();

            assert.deepEqual(await opening.cancel([spec]), ["cancelled"]);
            const alive = Object.entries(pids).filter(([, pid]) => isAlive(pid));
            assert.deepEqual(
              alive.map(([role]) => role),
              [],
              "these processes still run",
            );
          }),
          test("asks-first", "asks a program to end before it kills it", async (trial) => {
            const opening = await trial.open();
            const script = `trap ': > "$1.clean"; exit 0' TERM; ${TELL_PID}; sleep 600 & wait`;
            const file = trial.path("pid");
            const spec = opening.spec(program(trial.settings.shell, ["-c", script, "sh", file]));
            await opening.submit([spec]);
            await untilPid(file, trial.settings.timeoutMs);

            await opening.cancel([spec]);
            assert.ok(existsSync(`${file}.clean`), "the program did not get SIGTERM");
          }),
          test("stubborn", "kills a program that does not end when asked", async (trial) => {
            const opening = await trial.open();
            const file = trial.path("pid");
            const script = `trap '' TERM; ${TELL_PID}; exec sleep 600`;
            const spec = opening.spec(program(trial.settings.shell, ["-c", script, "sh", file]));
            await opening.submit([spec]);
            const pid = await untilPid(file, trial.settings.timeoutMs);

            assert.deepEqual(await opening.cancel([spec]), ["cancelled"]);
            assert.ok(!isAlive(pid), "the process still runs");
          }),
          test("just-taken", "leaves no process of work that it has just taken", async (trial) => {
            const opening = await trial.open();
            const file = trial.path("pid");
            const script = `${TELL_PID}; exec sleep 600`;
            const spec = opening.spec(program(trial.settings.shell, ["-c", script, "sh", file]));
            await opening.submit([spec]);

            assert.deepEqual(await opening.cancel([spec]), ["cancelled"]);
            // A process that was missed tells its id while another task runs from begin to end.
            await opening.run(program(trial.settings.shell, ["-c", ":"]));
            const pid = existsSync(file) ? await untilPid(file, trial.settings.timeoutMs) : undefined;
            assert.ok(pid === undefined || !isAlive(pid), "the process still runs");
          }),
        ]
      : [],
};
