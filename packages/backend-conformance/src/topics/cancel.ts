import assert from "node:assert/strict";
import type { TaskSpec } from "@rhapsody/core";
import { letEventsArrive } from "../observe/turns.ts";
import type { WorkKind } from "../suite/conformance-options.ts";
import { test, type ConformanceTest, type Subject, type Topic } from "../suite/topic.ts";
import type { Opening } from "../trial/opening.ts";
import type { Trial } from "../trial/trial.ts";
import { countedWork } from "../work/counted-work.ts";
import { canHold, heldWork, smallWork, type HeldWork } from "../work/samples.ts";
import { assertDone } from "./assertions.ts";

/** What `cancel` promises for work of any kind. */
export const cancel: Topic = {
  id: "cancel",
  title: "cancelling",
  tests: (subject) => {
    if (subject.capabilities.cancellation === "none") return [];
    const kinds = subject.kinds.filter((kind) => canHold(kind, subject.settings));
    const running = subject.capabilities.cancellation === "running" ? kinds.flatMap(ofRunning) : [];
    return [...ofAny(subject), ...ofAttempts(subject), ...kinds.map(queued), ...running];
  },
};

function ofAny({ kinds: [kind] }: Subject): readonly ConformanceTest[] {
  if (kind === undefined) return [];
  return [
    test(
      "unknown",
      'answers "cancelled" for an attempt that it never saw, to no effect on what comes later',
      async (trial) => {
        const opening = await trial.open();
        const spec = opening.spec(smallWork(kind, trial.settings));

        assert.deepEqual(await opening.cancel([spec]), ["cancelled"]);
        await letEventsArrive();
        assert.deepEqual(opening.log.all, [], "something was reported of an unknown attempt");
        const [end] = await opening.runAll([spec]);
        assert.equal(end?.state, "DONE", "the attempt, handed over after all");
      },
    ),
    test("ended", 'answers "cancelled" for an attempt that has ended, whose end stands', async (trial) => {
      const opening = await trial.open();
      const spec = opening.spec(smallWork(kind, trial.settings));
      await opening.runAll([spec]);
      const before = opening.log.all.length;

      assert.deepEqual(await opening.cancel([spec]), ["cancelled"]);
      await opening.close();
      assert.equal(opening.log.all.length, before, "something was reported after the end");
    }),
    test("nothing", "answers an empty list with an empty list", async (trial) => {
      const opening = await trial.use();

      assert.deepEqual(await opening.cancel([]), []);
    }),
  ];
}

function ofAttempts({ kinds }: Subject): readonly ConformanceTest[] {
  return kinds
    .filter((kind) => kind === "inline" || kind === "executable")
    .map((kind) =>
      test(
        `other-attempt/${kind}`,
        `leaves ${kind} work alone when an earlier attempt at it is cancelled`,
        async (trial) => {
          const opening = await trial.open();
          const first = opening.spec(smallWork(kind, trial.settings));
          await opening.runAll([first]);
          const counted = countedWork(kind, trial);
          const second = { ...first, attempt: 2, work: counted.work };
          await opening.submit([second]);
          await counted.began();

          assert.deepEqual(await opening.cancel([first]), ["cancelled"]);
          counted.release();
          const [end] = await opening.log.ended([second]);
          assert.equal(end?.state, "DONE");
        },
      ),
    );
}

function queued(kind: WorkKind): ConformanceTest {
  return test(`queued/${kind}`, `stops ${kind} work that it has just taken`, async (trial) => {
    const opening = await trial.open();
    const held = heldWork(kind, trial);
    const spec = opening.spec(held.work);
    await opening.submit([spec]);

    await checkStopped(opening, spec, held);
  });
}

function ofRunning(kind: WorkKind): readonly ConformanceTest[] {
  return [
    test(`running/${kind}`, `stops ${kind} work under way, which then neither ends well nor fails`, async (trial) => {
      const { opening, spec, held } = await hold(kind, trial);

      await checkStopped(opening, spec, held);
    }),
    test(`again/${kind}`, `answers everybody who cancels the same ${kind} work`, async (trial) => {
      const { opening, spec } = await hold(kind, trial);

      const answers = await Promise.all([opening.cancel([spec]), opening.cancel([spec]), opening.cancel([spec])]);

      for (const outcomes of answers) checkOutcomes(outcomes, 1);
    }),
    test(
      `in-order/${kind}`,
      `answers for each attempt in order, some unknown and some ended, for ${kind} work`,
      async (trial) => {
        const opening = await trial.open();
        const ended = opening.spec(smallWork(kind, trial.settings));
        await opening.runAll([ended]);
        const held = heldWork(kind, trial);
        const running = opening.spec(held.work);
        await opening.submit([running]);
        await held.began();
        const unknown = opening.spec(smallWork(kind, trial.settings));

        const outcomes = await opening.cancel([unknown, running, ended]);

        checkOutcomes(outcomes, 3);
        assert.equal(outcomes[0], "cancelled", "the unknown attempt");
        assert.equal(outcomes[2], "cancelled", "the ended attempt");
      },
    ),
    test(`neighbours/${kind}`, `goes on with other work when ${kind} work is cancelled`, async (trial) => {
      const { opening, spec } = await hold(kind, trial);
      const other = opening.spec(smallWork(kind, trial.settings));

      const [, end] = await Promise.all([opening.cancel([spec]), opening.runAll([other])]);

      assert.equal(end[0]?.state, "DONE");
      assertDone(await opening.run(smallWork(kind, trial.settings)));
    }),
  ];
}

async function hold(kind: WorkKind, trial: Trial): Promise<{ opening: Opening; spec: TaskSpec; held: HeldWork }> {
  const opening = await trial.open();
  const held = heldWork(kind, trial);
  const spec = opening.spec(held.work);
  await opening.submit([spec]);
  await held.began();
  return { opening, spec, held };
}

async function checkStopped(opening: Opening, spec: TaskSpec, held: HeldWork): Promise<void> {
  const outcomes = await opening.cancel([spec]);
  checkOutcomes(outcomes, 1);
  if (outcomes[0] === "cancelled") assert.ok(!held.runs(), "the work still runs");
  await opening.close();
  await letEventsArrive();
  checkCancelled(opening.log.of(spec).map(({ state }) => state));
}

function checkOutcomes(outcomes: readonly string[], count: number): void {
  assert.equal(outcomes.length, count, "one outcome for each attempt");
  for (const outcome of outcomes) assert.ok(outcome === "cancelled" || outcome === "detached", `outcome "${outcome}"`);
}

/** A backend may report CANCELED or leave it to the outcome. */
function checkCancelled(states: readonly string[]): void {
  const text = states.filter((state) => state !== "OUTPUT").join(" ");
  assert.match(text, /^(RUNNING)?( ?CANCELED)?$/, `a cancelled attempt was reported as: ${text}`);
}
