import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { untilPid } from "../observe/files.ts";
import { isAlive } from "../observe/processes.ts";
import { letEventsArrive } from "../observe/turns.ts";
import { test, type ConformanceTest, type Topic } from "../suite/topic.ts";
import { processTree } from "../work/process-tree.ts";
import { call, program, TELL_PID } from "../work/program.ts";
import { canHold, heldWork, smallWork } from "../work/samples.ts";
import { assertCode } from "./assertions.ts";
import { checkShape } from "./update-rules.ts";

/** Long enough for a shell to run its trap on a busy machine. */
const GRACE_MS = 5000;

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
    const pids = await tree.pids();

    await opening.close(0);
    const alive = Object.entries(pids).filter(([, pid]) => isAlive(pid));
    assert.deepEqual(
      alive.map(([role]) => role),
      [],
      "these processes still run",
    );
  }),
  test("grace", "asks programs to end and waits for those that do within the grace", async (trial) => {
    const opening = await trial.open();
    const file = trial.path("pid");
    const script = `trap ': > "$1.clean"; exit 0' TERM; ${TELL_PID}; sleep 600 & wait`;
    await opening.submit([opening.spec(program(trial.settings.shell, ["-c", script, "sh", file]))]);
    const pid = await untilPid(file, trial.settings.timeoutMs);

    await opening.close(GRACE_MS);
    assert.ok(existsSync(`${file}.clean`), "the program did not get to end by itself");
    assert.ok(!isAlive(pid), "the process still runs");
  }),
  test("grace-over", "kills programs that do not end within the grace", async (trial) => {
    const opening = await trial.open();
    const file = trial.path("pid");
    const script = `trap '' TERM; ${TELL_PID}; exec sleep 600`;
    await opening.submit([opening.spec(program(trial.settings.shell, ["-c", script, "sh", file]))]);
    const pid = await untilPid(file, trial.settings.timeoutMs);

    await opening.close(100);
    assert.ok(!isAlive(pid), "the process still runs");
  }),
];
