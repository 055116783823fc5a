import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { Session } from "@rhapsody/core";
import { describe, expect, it } from "vitest";
import { instance, RECIPES } from "./__fixtures__/instances.ts";
import { formatReport } from "./format-report.ts";
import { idealMakespan } from "./ideal-makespan.ts";
import { makespanReport } from "./makespan-report.ts";
import { toTasks } from "./to-tasks.ts";

const SLOTS = 16;

describe("a generated workflow in a session", () => {
  it.each(RECIPES)("%s runs in the order of its dependencies, and its report adds up", async (recipe) => {
    const workflow = await instance(recipe);
    const timeScale = 1 / idealMakespan(workflow, { slots: SLOTS }).boundSeconds;
    await using session = new Session({ backends: [new ConcurrentExecutionBackend({ maxConcurrency: SLOTS })] });
    await session.start();

    const tasks = toTasks(workflow, { timeScale, criticalFirst: true });
    const results = await Promise.all(await session.submitTasks(tasks));
    const report = makespanReport(workflow, results, { slots: SLOTS, timeScale });

    const times = new Map(results.map((result) => [result.uid, result.times]));
    for (const { id, parents } of workflow.tasks) {
      for (const parent of parents) {
        expect(times.get(id)!.started).toBeGreaterThanOrEqual(times.get(parent)!.finished);
      }
    }
    expect(results.every(({ state }) => state === "DONE")).toBe(true);
    expect(report.notDone).toEqual([]);
    expect(report.ideal.boundSeconds).toBeCloseTo(1);
    // Times are whole milliseconds.
    expect(report.ratio).toBeGreaterThan(0.99);
    const { path } = report;
    expect(path.reduce((sum, step) => sum + step.waitSeconds + step.runSeconds, 0)).toBeCloseTo(report.makespanSeconds);
    expect(path[0]?.after).toBe("submission");
    expect(formatReport(report)).toContain(`${workflow.tasks.length} tasks on ${SLOTS} slots`);
  });
});
