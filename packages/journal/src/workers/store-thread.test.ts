import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { batch } from "../__fixtures__/batches.ts";
import { StoreThread } from "./store-thread.ts";

/** A thread that answers the first request and comes to that end at the next one. */
function dyingThread(end: string): Worker {
  const program = `
    const { parentPort } = require("node:worker_threads");
    parentPort.once("message", ([id]) => {
      parentPort.postMessage([id, true, "opened"]);
      parentPort.once("message", () => { ${end} });
    });`;
  return new Worker(program, { eval: true, stderr: true });
}

describe("StoreThread", () => {
  it.each([
    ["an error", "throw new Error('crash')", "ended by an error"],
    ["an exit", "process.exit(3)", "ended with exit code 3"],
  ])("rejects all requests when its thread comes to its end by %s, and closes all the same", async (_, end, words) => {
    const [thread, found] = await StoreThread.open(
      "run.db",
      (opening) => opening.ask("read", "run.db"),
      dyingThread(end),
    );

    const outcomes = await Promise.allSettled([thread.ask("commit", batch({})), thread.ask("recall", [])]);

    expect(found).toBe("opened");
    for (const outcome of [...outcomes, ...(await Promise.allSettled([thread.ask("recall", [])]))]) {
      expect(outcome).toMatchObject({
        status: "rejected",
        reason: { code: "JOURNAL_FAILED", location: "run.db", message: expect.stringContaining(words) as string },
      });
    }
    await thread.close();
  });
});
