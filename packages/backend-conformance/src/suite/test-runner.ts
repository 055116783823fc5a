/**
 * The functions of a test runner that the suite uses. Those of vitest and of `node:test` fit as they are.
 *
 * @example
 * ```ts no-run
 * import { describeBackend } from "@rhapsody/backend-conformance";
 * import { NoopExecutionBackend } from "@rhapsody/core";
 * import { after, describe, it } from "node:test";
 *
 * describeBackend({ describe, it, afterAll: after }, () => new NoopExecutionBackend());
 * ```
 */
export interface TestRunner {
  /** Groups tests; must wait for an asynchronous body. */
  describe(title: string, body: () => void | Promise<void>): unknown;

  /** Registers a test; the body is called with the runner's context, whose `skip(reason)` is used when there is one. */
  it(
    title: string,
    options: { readonly timeout: number },
    body: (...context: readonly unknown[]) => Promise<void>,
  ): unknown;

  /** Calls back after the last test of the group; needed for `opening: "shared"` only. */
  afterAll?(body: () => Promise<void>): unknown;
}
