import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyWorkflow, resultsOf, sketch } from "./__fixtures__/workflows.ts";
import { formatReport } from "./format-report.ts";
import { listSchedule } from "./list-schedule.ts";
import { makespanReport } from "./makespan-report.ts";

describe("makespanReport", () => {
  it("compares the measured makespan with the ideal", () => {
    const workflow = sketch({
      a: { seconds: 10 },
      b: { seconds: 20, parents: ["a"] },
      c: { seconds: 5, parents: ["a"] },
    });
    const results = resultsOf({ a: [50, 160], b: [165, 370], c: [170, 222] });

    const report = makespanReport(workflow, results, { slots: 2, timeScale: 0.01 });

    expect(report).toMatchObject({
      workflow: "sketch",
      taskCount: 3,
      makespanSeconds: 0.37,
      startupSeconds: 0.05,
      ideal: { criticalPathSeconds: 0.3, boundSeconds: 0.3, scheduleSeconds: 0.3 },
      notDone: [],
    });
    expect(report.ratio).toBeCloseTo(0.37 / 0.3);
    expect(report.overheadPerTaskSeconds).toBeCloseTo(0.02 / 2);
    expect(report.path).toEqual([
      { id: "a", uid: "a", after: "submission", waitSeconds: 0.05, runSeconds: 0.11, idealSeconds: 0.1 },
      { id: "b", uid: "b", after: "dependency", waitSeconds: 0.005, runSeconds: 0.205, idealSeconds: 0.2 },
    ]);
  });

  it("follows a slot where there was none free, and the dependency where there was", () => {
    const workflow = sketch({ a: { seconds: 1 }, b: { seconds: 1 }, c: { seconds: 1, parents: ["a"] } });
    const times = { a: [0, 1000], b: [1001, 2001], c: [2002, 3002] } as const;

    const one = makespanReport(workflow, resultsOf(times), { slots: 1 });
    const two = makespanReport(workflow, resultsOf(times), { slots: 2 });

    expect(one.path.map(({ id, after }) => [id, after])).toEqual([
      ["a", "submission"],
      ["b", "slot"],
      ["c", "slot"],
    ]);
    expect(two.path.map(({ id, after }) => [id, after])).toEqual([
      ["a", "submission"],
      ["c", "dependency"],
    ]);
    expect(two.overheadPerTaskSeconds).toBeCloseTo(0.501);
  });

  it("follows the slot that made room, though others ended before the task began", () => {
    const workflow = sketch({ a: {}, b: {}, c: {} });
    const results = resultsOf({ a: [0, 1000], b: [0, 1003], c: [1010, 2010] });

    const { path } = makespanReport(workflow, results, { slots: 2 });

    expect(path.map(({ id, after, waitSeconds }) => [id, after, waitSeconds])).toEqual([
      ["a", "submission", 0],
      ["c", "slot", 0.01],
    ]);
  });

  it("of a run without any overhead has a path without waits, as long as the makespan", () => {
    fc.assert(
      fc.property(anyWorkflow(3), fc.integer({ min: 3, max: 6 }), (workflow, slots) => {
        const { begins } = listSchedule(workflow, { slots, coresOf: ({ cores }) => cores });
        const times = workflow.tasks.map(({ id, runtimeSeconds }) => {
          const begin = begins.get(id)! * 1000;
          return [id, [begin, begin + runtimeSeconds * 1000]] as const;
        });

        const report = makespanReport(workflow, resultsOf(Object.fromEntries(times)), { slots });

        const ran = report.path.reduce((sum, step) => sum + step.waitSeconds + step.runSeconds, 0);
        expect(report.makespanSeconds).toBe(report.ideal.scheduleSeconds);
        expect(ran).toBe(report.makespanSeconds);
        expect(report.path[0]?.after).toBe("submission");
      }),
    );
  });

  it("names tasks that did not end DONE, and takes those that never began for as long as nothing", () => {
    const workflow = sketch({ a: {}, b: { parents: ["a"] } });
    const [a, b] = resultsOf({ a: [0, 1000], b: [0, 1000] });
    const { started: _, ...times } = b!.times;

    const report = makespanReport(workflow, [a!, { ...b!, state: "FAILED", times }], { slots: 1 });

    expect(report.notDone).toEqual(["b"]);
    expect(report.path.map(({ id, runSeconds }) => [id, runSeconds])).toEqual([
      ["a", 1],
      ["b", 0],
    ]);
  });

  it("reads the results of a run by its prefix, among those of others", () => {
    const workflow = sketch({ a: {} });
    const results = resultsOf({ a: [0, 9000], "second.a": [0, 1000] });

    expect(makespanReport(workflow, results, { slots: 1, uidPrefix: "second." }).makespanSeconds).toBe(1);
    expect(() => makespanReport(workflow, results, { slots: 1, uidPrefix: "third." })).toThrow(/third\.a.*uidPrefix/);
  });
});

describe("formatReport", () => {
  it("says for people what was measured", () => {
    const workflow = sketch({
      a: { seconds: 10 },
      b: { seconds: 20, parents: ["a"] },
      c: { seconds: 5, parents: ["a"] },
    });
    const [a, b, c] = resultsOf({ a: [50, 160], b: [165, 370], c: [170, 222] });
    const results = [a!, b!, { ...c!, state: "FAILED" as const }];

    const text = formatReport(makespanReport(workflow, results, { slots: 2, timeScale: 0.01 }));

    expect(text).toMatchInlineSnapshot(`
      "sketch: 3 tasks on 2 slots, times × 0.01
        makespan      0.370 s, of which 0.050 s before the first task
        critical path 0.300 s
        work / slots  0.175 s
        lower bound   0.300 s, makespan × 1.23
        simulated     0.300 s, makespan × 1.23
        overhead      10.0 ms for each of 2 tasks on the path
        not DONE: c
        what the end waited for:
          0.050 s after submitted   0.110 s (ideal 0.100 s) a
          0.005 s after its parent  0.205 s (ideal 0.200 s) b"
    `);
  });

  it("cuts long paths in the middle", () => {
    const names = Array.from({ length: 40 }, (_, index) => `t${index}`);
    const workflow = sketch(
      Object.fromEntries(names.map((id, index) => [id, { parents: names.slice(index - 1, index) }])),
    );
    const results = resultsOf(Object.fromEntries(names.map((id, index) => [id, [index * 1000, index * 1000 + 1000]])));

    const lines = formatReport(makespanReport(workflow, results, { slots: 1 })).split("\n");

    expect(lines).toContain("    … 28 more");
    expect(lines.at(-1)).toContain("t39");
  });
});
