import { setTimeout as sleep } from "node:timers/promises";
import { taskContext } from "@rhapsody/core";

// Functions that the tests run as functions of a JavaScript module.

export function scale(values: Float64Array, factor: number): Float64Array {
  return values.map((value) => value * factor);
}

/** Waits until it is told to stop. */
export async function wait(): Promise<string> {
  const { signal } = taskContext();
  await sleep(600_000, undefined, { signal });
  return "waited";
}
