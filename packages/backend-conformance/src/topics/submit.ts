import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { TaskWork } from "@rhapsody/core";
import { letEventsArrive } from "../observe/turns.ts";
import { test, type ConformanceTest, type Subject, type Topic } from "../suite/topic.ts";
import { countedWork } from "../work/counted-work.ts";
import { moduleCall } from "../work/module-call.ts";
import { ask, call, program } from "../work/program.ts";
import { pythonCall } from "../work/python-call.ts";
import { heldWork, smallWork } from "../work/samples.ts";
import { assertCode, assertDone, rejectsWithCode } from "./assertions.ts";
import { checkOrder } from "./update-rules.ts";

/** What `submit` promises. */
export const submit: Topic = {
  id: "submit",
  title: "handing tasks over",
  tests: (subject) => [...always(subject), ...ofDuplicates(subject), ...ofRefusal(subject)],
};

function always({ kinds: [kind], capabilities }: Subject): readonly ConformanceTest[] {
  if (kind === undefined) return [];
  return [
    test("empty", "takes an empty batch and reports nothing of it", async (trial) => {
      const opening = await trial.open();
      await opening.handOver([]);
      await opening.close();

      assert.deepEqual(opening.log.all, []);
    }),
    test("attempts", "keeps two attempts at the same task apart", async (trial) => {
      const opening = await trial.open();
      const since = Date.now();
      const first = opening.spec(smallWork(kind, trial.settings));
      const specs = [first, { ...first, attempt: 2 }];

      const ends = await opening.runAll(specs);
      await opening.close();

      for (const end of ends) assertDone(end);
      checkOrder(opening.log.all, { specs, since });
    }),
    test("next-attempt", "runs the next attempt after one that was stopped or has ended", async (trial) => {
      const opening = await trial.open();
      const stoppable = capabilities.cancellation === "running" && kind !== "prompt";
      const held = stoppable ? heldWork(kind, trial) : undefined;
      const first = opening.spec(held?.work ?? smallWork(kind, trial.settings));
      await opening.submit([first]);
      await (held === undefined ? opening.log.ended([first]) : held.began());
      if (held !== undefined) await opening.cancel([first]);
      const second = { ...first, attempt: 2, work: smallWork(kind, trial.settings) };

      const [end] = await opening.runAll([second]);

      assert.equal(end?.state, "DONE");
      assert.equal(opening.log.of(second).filter(({ state }) => state === "DONE").length, 1);
    }),
  ];
}

function ofDuplicates({ kinds }: Subject): readonly ConformanceTest[] {
  return kinds
    .filter((kind) => kind === "inline" || kind === "executable")
    .map((kind) =>
      test(
        `duplicate/${kind}`,
        `runs ${kind} work once although it is handed over again while under way`,
        async (trial) => {
          const opening = await trial.open();
          const since = Date.now();
          const counted = countedWork(kind, trial);
          const specs = [opening.spec(counted.work)];
          await opening.submit(specs);
          await counted.began();

          const refusal: unknown = await opening.handOver(specs).catch((error: unknown) => error);
          counted.release();
          await opening.log.ended(specs);
          await opening.close();
          await letEventsArrive();

          if (refusal !== undefined) assertCode(refusal, "BACKEND_REJECTED_TASKS");
          checkOrder(opening.log.all, { specs, since });
          assert.equal(counted.count(), 1, "the work was begun more than once");
        },
      ),
    );
}

function ofRefusal(subject: Subject): readonly ConformanceTest[] {
  const {
    kinds: [kind],
    settings,
  } = subject;
  const refused = settings.refused ?? foreignWork(subject);
  if (kind === undefined || refused === undefined) return [];
  return [
    test("atomic", "runs and reports nothing of a batch that it refuses", async (trial) => {
      const opening = await trial.open();
      const file = trial.path("ran");
      const good = [opening.spec(traceable(subject, file)), opening.spec(smallWork(kind, settings))];
      const bad = opening.spec(refused());

      await rejectsWithCode(opening.handOver([...good, bad]), "BACKEND_REJECTED_TASKS");
      await opening.close();
      await letEventsArrive();

      assert.deepEqual(opening.log.all, [], "something was reported of the batch");
      assert.ok(!existsSync(file), "a task of the batch ran");
    }),
    test("after-refusal", "takes the good tasks of a refused batch when they are handed over again", async (trial) => {
      const opening = await trial.open();
      const since = Date.now();
      const good = [opening.spec(smallWork(kind, settings)), opening.spec(smallWork(kind, settings))];
      await opening.handOver([...good, opening.spec(refused())]).catch(() => {});

      const ends = await opening.runAll(good);
      await opening.close();

      for (const end of ends) assertDone(end);
      checkOrder(opening.log.all, { specs: good, since });
    }),
  ];
}

/** Work of a kind that the capabilities do not list; nothing when they list every kind. */
function foreignWork({ kinds, settings }: Subject): (() => TaskWork) | undefined {
  const all: readonly TaskWork[] = [
    call({ kind: "inline", call: () => 1 }, []),
    program(settings.shell, ["-c", ":"]),
    ask({}),
    pythonCall("operator:add", 1, 1),
    moduleCall("echo", 1),
  ];
  const listed: readonly string[] = kinds;
  const foreign = all.find((work) => !listed.includes(work.kind === "function" ? work.function.kind : work.kind));
  return foreign && (() => foreign);
}

/** Work that leaves a file behind when it runs, where some kind can. */
function traceable({ kinds, settings }: Subject, file: string): TaskWork {
  if (kinds.includes("executable")) return program(settings.shell, ["-c", ': > "$1"', "sh", file]);
  if (kinds.includes("module")) return moduleCall("hold", file);
  if (kinds.includes("python")) return pythonCall("os:mkdir", file);
  return kinds[0] === undefined ? ask({}) : smallWork(kinds[0], settings);
}
