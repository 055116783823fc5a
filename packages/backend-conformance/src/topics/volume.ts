import { letEventsArrive } from "../observe/turns.ts";
import type { WorkKind } from "../suite/conformance-options.ts";
import { test, type Topic } from "../suite/topic.ts";
import type { Trial } from "../trial/trial.ts";
import { smallWork } from "../work/samples.ts";
import { assertDone } from "./assertions.ts";
import { checkOrder } from "./update-rules.ts";

/** A size of batch that neither is one task nor comes near the whole. */
const SMALL_BATCH = 7;

/** Many small tasks. */
export const volume: Topic = {
  id: "volume",
  title: "many small tasks",
  tests: ({ kinds, settings }) =>
    kinds.flatMap((kind) => {
      const count = settings.smallTasks(kind).toLocaleString("en");
      return [
        test(
          `few-submits/${kind}`,
          `ends each of ${count} ${kind} tasks exactly once, in batches as large as it takes`,
          (trial) => endsEachOnce(kind, trial),
        ),
        test(
          `many-submits/${kind}`,
          `ends each of ${count} ${kind} tasks exactly once, in batches of ${SMALL_BATCH}`,
          (trial) => endsEachOnce(kind, trial, SMALL_BATCH),
        ),
      ];
    }),
};

async function endsEachOnce(kind: WorkKind, trial: Trial, batchSize?: number): Promise<void> {
  const opening = await trial.open();
  const since = Date.now();
  const work = smallWork(kind, trial.settings);
  const specs = Array.from({ length: trial.settings.smallTasks(kind) }, () => opening.spec(work));
  const ends = await opening.runAll(specs, batchSize);
  // What comes twice may come late; after close nothing comes.
  await opening.close();
  await letEventsArrive();

  for (const end of ends) assertDone(end);
  checkOrder(opening.log.all, { specs, since });
}
