import fc from "fast-check";
import type { TaskResult } from "@rhapsody/core";
import { parseWfFormat } from "../parse-wfformat.ts";
import type { WfWorkflow } from "../workflow.ts";

/** What a test says about a task. */
export interface Sketch {
  readonly seconds?: number;
  readonly cores?: number;
  readonly parents?: readonly string[];
}

/** An instance of WfFormat 1.6 as parsed JSON. */
export function sketchInstance(tasks: Readonly<Record<string, Sketch>>): object {
  const entries = Object.entries(tasks);
  return {
    name: "sketch",
    schemaVersion: "1.6",
    workflow: {
      specification: {
        tasks: entries.map(([id, { parents = [] }]) => ({ id, name: id, parents: [...parents], children: [] })),
      },
      execution: {
        makespanInSeconds: 0,
        tasks: entries.map(([id, { seconds = 1, cores = 1 }]) => ({ id, runtimeInSeconds: seconds, coreCount: cores })),
      },
    },
  };
}

export function sketch(tasks: Readonly<Record<string, Sketch>>): WfWorkflow {
  return parseWfFormat(sketchInstance(tasks));
}

/** Workflows of up to 25 tasks, in any order, with any edges that make no cycle; whole seconds, so that sums are exact. */
export function anyWorkflow(maxCores = 1): fc.Arbitrary<WfWorkflow> {
  const task = fc.record({
    seconds: fc.nat(9),
    cores: fc.integer({ min: 1, max: maxCores }),
    parents: fc.uniqueArray(fc.nat(24), { maxLength: 4 }),
  });
  return fc
    .array(task, { minLength: 1, maxLength: 25 })
    .chain((tasks) => {
      const entries = tasks.map((one, index): [string, Sketch] => [
        `t${index}`,
        { ...one, parents: one.parents.filter((parent) => parent < index).map((parent) => `t${parent}`) },
      ]);
      return fc.shuffledSubarray(entries, { minLength: entries.length });
    })
    .map((entries) => sketch(Object.fromEntries(entries)));
}

/** When a task ran, in milliseconds after the submission of all. */
export type Times = readonly [started: number, finished: number];

const SUBMITTED = 1_000_000;

/** Results as a session gives them. */
export function resultsOf(times: Readonly<Record<string, Times>>): TaskResult[] {
  return Object.entries(times).map(([uid, [started, finished]]) => ({
    uid,
    name: uid,
    state: "DONE",
    returnValue: undefined,
    stdout: "",
    stderr: "",
    outputTruncated: false,
    attempts: 1,
    times: { submitted: SUBMITTED, started: SUBMITTED + started, finished: SUBMITTED + finished },
  }));
}
