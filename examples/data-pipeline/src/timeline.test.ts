import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { timelineTable, type TimelineRow } from "./timeline.ts";

const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });

it("shows when each task ran, on one axis", () => {
  const rows: readonly TimelineRow[] = [
    { uid: "a", state: "DONE", submitted: 1_000, started: 1_000, finished: 2_000, peakMemoryBytes: 64 * 2 ** 20 },
    { uid: "longer", state: "FAILED", submitted: 1_000, started: 2_000, finished: 3_000 },
    { uid: "c", state: "EXECUTING", submitted: 1_000, started: 2_500 },
    { uid: "d", state: "SCHEDULING_PENDING", submitted: 1_000 },
  ];

  expect(timelineTable(rows, 5_000, nowhere)).toMatchInlineSnapshot(`
    [
      "task    state               waited     ran  memory  0 s                       4.00 s",
      "a       DONE                0.00 s  1.00 s  64 MiB  ████████",
      "longer  FAILED              1.00 s  1.00 s                  ████████",
      "c       EXECUTING           1.50 s  2.50 s                      ████████████████████",
      "d       SCHEDULING_PENDING  4.00 s",
    ]
  `);
});
