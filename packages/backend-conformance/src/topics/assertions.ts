import assert from "node:assert/strict";
import { RhapsodyError, type DoneUpdate, type FailedUpdate, type TaskFailureCode } from "@rhapsody/core";
import type { EndUpdate } from "../trial/update-log.ts";

/** @throws AssertionError unless the promise rejects with an error of this project that has the code. */
export async function rejectsWithCode(promise: Promise<unknown>, code: string): Promise<void> {
  const error: unknown = await promise.then(
    () => assert.fail(`expected a rejection with code ${code}, but it resolved`),
    (reason: unknown) => reason,
  );
  assertCode(error, code);
}

/** @throws AssertionError unless the value is an error of this project that has the code. */
export function assertCode(error: unknown, code: string): void {
  assert.ok(RhapsodyError.isInstance(error), `expected an error with code ${code}, got: ${describe(error)}`);
  assert.equal(error.code, code, `expected code ${code}, got: ${describe(error)}`);
}

/** @throws AssertionError unless the attempt ended well. */
export function assertDone(end: EndUpdate): asserts end is DoneUpdate {
  assert.equal(end.state, "DONE", `expected DONE, got ${describeEnd(end)}`);
}

/** @throws AssertionError unless the attempt failed in that way, with a message for people. */
export function assertFailed(end: EndUpdate, code: TaskFailureCode): asserts end is FailedUpdate {
  assert.equal(end.state, "FAILED", `expected FAILED with ${code}, got ${describeEnd(end)}`);
  const { failure } = end;
  assert.equal(failure.code, code, `expected ${code}, got ${describeEnd(end)}`);
  assert.ok(failure.message.trim().length > 0, "the failure has no message");
}

function describeEnd(end: EndUpdate): string {
  return end.state === "FAILED" ? `FAILED with ${end.failure.code}: ${end.failure.message}` : end.state;
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
