import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyWorkflow, sketch } from "./__fixtures__/workflows.ts";
import { criticalPath } from "./critical-path.ts";
import { idealMakespan } from "./ideal-makespan.ts";
import { listSchedule } from "./list-schedule.ts";
import type { WfTask, WfWorkflow } from "./workflow.ts";

/** Longest of all chains, each gone through by itself. */
function longestOfAllChains({ tasks }: WfWorkflow): number {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const longest = (task: WfTask): number =>
    task.runtimeSeconds + Math.max(0, ...task.parents.map((id) => longest(byId.get(id)!)));
  return Math.max(...tasks.map(longest));
}

describe("criticalPath", () => {
  it("is the chain with the longest run times, not the one of most tasks", () => {
    const workflow = sketch({
      end: { seconds: 1, parents: ["c", "long"] },
      long: { seconds: 9, parents: ["a"] },
      a: { seconds: 2 },
      b: { seconds: 2, parents: ["a"] },
      c: { seconds: 2, parents: ["b"] },
    });

    const path = criticalPath(workflow);

    expect(path.tasks.map(({ id }) => id)).toEqual(["a", "long", "end"]);
    expect(path.seconds).toBe(12);
  });

  it("is as long as the longest of all chains, and a chain of parents and children", () => {
    fc.assert(
      fc.property(anyWorkflow(), (workflow) => {
        const { tasks, seconds } = criticalPath(workflow);

        expect(seconds).toBe(longestOfAllChains(workflow));
        expect(tasks.reduce((sum, task) => sum + task.runtimeSeconds, 0)).toBe(seconds);
        for (const [index, task] of tasks.slice(1).entries()) expect(task.parents).toContain(tasks[index]?.id);
      }),
    );
  });

  it("refuses tasks that do not stand after their parents", () => {
    const workflow = sketch({ a: {}, b: { parents: ["a"] } });

    expect(() => criticalPath({ ...workflow, tasks: workflow.tasks.toReversed() })).toThrow(RangeError);
  });
});

describe("listSchedule", () => {
  it("begins no task before its parents ended, and never has more cores busy than there are slots", () => {
    fc.assert(
      fc.property(anyWorkflow(3), fc.integer({ min: 3, max: 6 }), (workflow, slots) => {
        const { begins, seconds } = listSchedule(workflow, { slots, coresOf: ({ cores }) => cores });

        const endOf = (task: WfTask): number => begins.get(task.id)! + task.runtimeSeconds;
        const byId = new Map(workflow.tasks.map((task) => [task.id, task]));
        expect(begins.size).toBe(workflow.tasks.length);
        expect(seconds).toBe(Math.max(...workflow.tasks.map(endOf)));
        for (const task of workflow.tasks) {
          const at = begins.get(task.id)!;
          for (const parent of task.parents) expect(at).toBeGreaterThanOrEqual(endOf(byId.get(parent)!));
          const running = workflow.tasks.filter((other) => begins.get(other.id)! <= at && at < endOf(other));
          expect(running.reduce((sum, { cores }) => sum + cores, 0)).toBeLessThanOrEqual(slots);
        }
      }),
    );
  });

  it("is never below the bound, on one slot all work in a row, and with slots for all the critical path", () => {
    fc.assert(
      fc.property(anyWorkflow(), fc.integer({ min: 1, max: 6 }), (workflow, slots) => {
        const some = idealMakespan(workflow, { slots });
        // R. L. Graham's bound for list schedules.
        const worst = some.workSeconds / slots + (1 - 1 / slots) * some.criticalPathSeconds;

        expect(some.scheduleSeconds).toBeGreaterThanOrEqual(some.boundSeconds);
        expect(some.scheduleSeconds).toBeLessThanOrEqual(worst + 1e-9);
        expect(idealMakespan(workflow, { slots: 1 }).scheduleSeconds).toBe(some.workSeconds);
        expect(idealMakespan(workflow, { slots: 25 }).scheduleSeconds).toBe(some.criticalPathSeconds);
      }),
    );
  });
});

describe("idealMakespan", () => {
  it("counts cores, and scales seconds", () => {
    const workflow = sketch({ a: { seconds: 10, cores: 4 }, b: { seconds: 10 }, c: { seconds: 30 } });

    expect(idealMakespan(workflow, { slots: 4, timeScale: 0.5 })).toEqual({
      criticalPathSeconds: 15,
      workSeconds: 40,
      boundSeconds: 15,
      scheduleSeconds: 20,
    });
  });

  it("refuses a task that is wider than all slots, unless its cores are limited", () => {
    const workflow = sketch({ wide: { cores: 16 } });

    expect(() => idealMakespan(workflow, { slots: 2 })).toThrow(/wide needs 16 cores.*maxCores/);
    expect(idealMakespan(workflow, { slots: 2, maxCores: 2 }).workSeconds).toBe(2);
  });

  it.each([
    { slots: 0 },
    { slots: Number.NaN },
    { slots: 1, timeScale: 0 },
    { slots: 1, timeScale: Infinity },
    { slots: 1, maxCores: -1 },
  ])("refuses %o", (options) => {
    expect(() => idealMakespan(sketch({ a: {} }), options)).toThrow(RangeError);
  });
});
