import assert from "node:assert/strict";
import type { TaskSpec, TaskUpdate } from "@rhapsody/core";
import { attemptKey, isEnd } from "../trial/update-log.ts";

/** What a backend was asked to do, to compare with what it reported. */
export interface Asked {
  readonly specs: readonly TaskSpec[];
  /** When the first of them was handed over, in Unix milliseconds. */
  readonly since: number;
}

/** @throws AssertionError unless every attempt has at most one RUNNING, before exactly one end, with nothing after it. */
export function checkOrder(updates: readonly TaskUpdate[], { specs }: Asked): void {
  const states = new Map(specs.map((spec) => [attemptKey(spec), [] as string[]]));
  // Updates that name no attempt handed over are another rule's matter.
  for (const update of updates) states.get(attemptKey(update))?.push(update.state);
  for (const [attempt, list] of states) {
    const path = list.filter((state) => state !== "OUTPUT");
    const text = path.join(" ");
    assert.match(
      text,
      /^(RUNNING )?(DONE|FAILED|CANCELED|LOST)$/,
      `attempt ${attempt} was reported as: ${text || "nothing"}`,
    );
    assert.notEqual(list.at(-1), "OUTPUT", `attempt ${attempt} had output after its end`);
  }
}

/** Clocks of an engine's machines may differ from this one's by that much, in milliseconds. */
const CLOCK_DIFFERENCE_MS = 60_000;

/** @throws AssertionError unless every update names an attempt that was handed over, and has the fields of its state. */
export function checkShape(updates: readonly TaskUpdate[], { specs, since }: Asked): void {
  const attempts = new Set(specs.map(attemptKey));
  const from = since - CLOCK_DIFFERENCE_MS;
  const to = Date.now() + CLOCK_DIFFERENCE_MS;
  for (const update of updates) {
    const { uid, attempt, epoch, state } = update;
    assert.ok(
      attempts.has(attemptKey(update)),
      `an update names uid ${uid}, attempt ${attempt}, epoch ${epoch}, which was not handed over`,
    );
    assert.ok(
      state === "RUNNING" || state === "OUTPUT" || isEnd(update),
      `"${String(state)}" is no state of an update`,
    );
    if (state === "RUNNING") checkTime("at", update.at, { from, to });
    if (!isEnd(update)) continue;
    checkTime("startedAt", update.startedAt, { from, to });
    if (state === "LOST") {
      assert.equal(update.failure.code, "TASK_WORKER_DIED", `code of the failure of ${uid}, which was lost`);
      checkType("failure.message", update.failure.message, "string");
      continue;
    }
    checkTime("finishedAt", update.finishedAt, { from, to });
    assert.ok((update.startedAt ?? 0) <= (update.finishedAt ?? Infinity), `${uid} ended before it began`);
    for (const key of ["stdout", "stderr", "signal"] as const) checkType(key, update[key], "string");
    checkType("exitCode", update.exitCode, "number");
    checkType("outputTruncated", update.outputTruncated, "boolean");
    if (state === "FAILED") checkType("failure.message", update.failure.message, "string");
  }
}

function checkTime(name: string, at: number | undefined, { from, to }: { from: number; to: number }): void {
  if (at !== undefined)
    assert.ok(at >= from && at <= to, `${name} is ${at}, which is no time in Unix milliseconds around now`);
}

function checkType(name: string, value: unknown, type: "string" | "number" | "boolean"): void {
  if (value !== undefined) assert.equal(typeof value, type, `${name} is a ${type}, or absent`);
}
