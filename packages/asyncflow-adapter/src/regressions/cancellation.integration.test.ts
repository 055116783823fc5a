import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { rejectionOf, temporaryDirectory } from "@rhapsody-internal/fixtures";
import { RecordingBackend } from "@rhapsody/core/testing";
import { describe, expect, it } from "vitest";
import { createEngine, localEngine, recordingEngine } from "../__fixtures__/engines.ts";
import { HeldBackend } from "../__fixtures__/held-backend.ts";
import type { FlowHandle } from "../handle/flow-handle.ts";

describe("cancelling a call", () => {
  it("goes to the backend that runs it, not to the first one (W20)", async () => {
    const first = new RecordingBackend({ name: "first" });
    const second = new RecordingBackend({ name: "second" });
    const flow = await createEngine({ backends: [first, second] });
    const handle = flow.functionTask(() => 1, { backend: "second" })();
    await second.submission(handle.uid);
    second.run(handle.uid);

    await handle.cancel("enough");

    expect(second.cancellations).toMatchObject([{ uid: handle.uid, reason: "enough" }]);
    expect(first.cancellations).toEqual([]);
    expect(handle.state).toBe("CANCELLED");
  });

  it("that is being handed over reaches the backend as well (W21)", async () => {
    const held = new HeldBackend();
    const flow = await createEngine({ backend: held });
    const handle = flow.functionTask(() => 1)();
    await held.asked.promise;

    const cancelled = handle.cancel();
    held.opened.resolve();
    await cancelled;

    expect(held.cancellations).toMatchObject([{ uid: handle.uid }]);
    expect(held.running).toEqual([]);
    expect(await handle.settled()).toMatchObject({ ok: false, state: "CANCELLED" });
  });

  it("resolves once its program and all that this started are gone (W22)", async () => {
    const flow = await localEngine();
    const fifo = join(temporaryDirectory(), "pids");
    execFileSync("mkfifo", [fifo]);
    const program = flow.executableTask(() => `sleep 600 & echo $$ $! > ${fifo}; wait`, { shell: true })();
    const pids = (await readFile(fifo, "utf8")).trim().split(" ").map(Number);

    await program.cancel();

    expect(pids).toHaveLength(2);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow(expect.objectContaining({ code: "ESRCH" }));
  });

  it("in the turn of the call leaves it cancelled, state and all (W23)", async () => {
    const { flow, backend } = await recordingEngine();
    const handle = flow.functionTask(() => 1)();

    await handle.cancel("changed my mind");

    expect(handle.state).toBe("CANCELLED");
    expect(await rejectionOf(handle)).toMatchObject({ code: "FLOW_TASK_CANCELED", reason: "changed my mind" });
    expect(backend.running).toEqual([]);
  });
});

describe("a block that ends early", () => {
  it("takes its members with it when it fails, at every depth (W24)", async () => {
    const { flow, backend } = await recordingEngine();
    const task = flow.functionTask(() => 1);
    const members: FlowHandle<unknown>[] = [];
    const inner = flow.block(async () => {
      members.push(task());
      await members[0];
    });
    const outer = flow.block(async () => {
      members.push(inner());
      await backend.submission("flow.1.1.1");
      throw new Error("the outer one failed");
    });

    await rejectionOf(outer());

    expect(members.map(({ state }) => state)).toEqual(["CANCELLED", "CANCELLED"]);
    expect(backend.cancellations).toMatchObject([{ uid: "flow.1.1.1" }]);
  });

  it("leaves its members running where that is wanted (W24)", async () => {
    const { flow, backend } = await recordingEngine();
    const members: FlowHandle<unknown>[] = [];
    const block = flow.block(
      async () => {
        members.push(flow.functionTask(() => 1)());
        await backend.submission("flow.1.1");
        throw new Error("failed");
      },
      { onFailure: "leave" },
    );

    await rejectionOf(block());
    backend.done("flow.1.1", { returnValue: 7 });

    expect(await members[0]).toBe(7);
  });

  it("takes members along that a workflow scope inside of it has labelled (W25)", async () => {
    const { flow, backend } = await recordingEngine();
    const members: FlowHandle<unknown>[] = [];
    const block = flow.block(async () => {
      flow.workflowScope("inner", () => void members.push(flow.functionTask(() => 1)()));
      await members[0];
    })();
    await backend.submission("flow.1.1");

    await block.cancel();

    expect(members[0]).toMatchObject({ state: "CANCELLED", workflowId: "inner" });
  });

  it("keeps workflow scopes that run at the same time apart (W25)", async () => {
    const flow = await localEngine();
    const task = flow.functionTask(() => 1);

    const labels = await Promise.all(
      ["a", "b"].map((id) =>
        flow.workflowScope(id, async () => {
          await task();
          return task().workflowId;
        }),
      ),
    );

    expect(labels).toEqual(["a", "b"]);
    expect(task().workflowId).toBeUndefined();
  });
});
