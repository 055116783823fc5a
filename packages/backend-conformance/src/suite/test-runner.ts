/**
 * The functions of a test runner that the suite uses.
 *
 * Those of vitest fit as they are, as `{ describe, it, afterAll }`, and those of `node:test` as `{ describe, it, afterAll: after }`.
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
