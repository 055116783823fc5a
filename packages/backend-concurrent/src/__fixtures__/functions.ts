// Functions that tests run in workers.
import { setTimeout as delay } from "node:timers/promises";
import { taskContext } from "@rhapsody/core";

export function add(a: number, b: number): number {
  return a + b;
}

export async function addLater(a: number, b: number): Promise<number> {
  await Promise.resolve();
  return a + b;
}

export function echo(value: unknown): unknown {
  return value;
}

export const notAFunction: number = 42;
