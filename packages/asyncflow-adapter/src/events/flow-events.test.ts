import { rejectionOf } from "@rhapsody-internal/fixtures";
import { describe, expect, it } from "vitest";
import { localEngine, recordingEngine } from "../__fixtures__/engines.ts";
import type { FlowEvent } from "./flow-event.ts";

async function all(events: AsyncIterable<FlowEvent>): Promise<FlowEvent[]> {
  const told: FlowEvent[] = [];
  for await (const event of events) told.push(event);
  return told;
}

describe("events", () => {
  it("tell of every call, once how it ended, with backend, block and workflow", async () => {
    const flow = await localEngine();
    const events = flow.events();
    const fails = flow.functionTask(() => {
      throw new Error("no");
    });
    const block = flow.block(async () => await fails());
    const dependent = flow.functionTask((value: unknown) => value)(flow.workflowScope("w", () => block()));
    await rejectionOf(dependent);
    await flow.shutdown();

    const told = await all(events);

    const statesOf = (uid: string): unknown[] => told.flatMap((event) => (event.uid === uid ? event.state : []));
    expect(statesOf("flow.1")).toEqual(["NEW", "SCHEDULING_PENDING", "EXECUTING_PENDING", "EXECUTING", "FAILED"]);
    expect(statesOf("flow.1.1")).toEqual(["NEW", "SCHEDULING_PENDING", "EXECUTING_PENDING", "EXECUTING", "FAILED"]);
    expect(statesOf("flow.2")).toEqual(["NEW", "SCHEDULING_PENDING", "FAILED"]);
    expect(told.find(({ uid, state }) => uid === "flow.1.1" && state === "FAILED")).toMatchObject({
      kind: "function",
      backend: "concurrent",
      block: "flow.1",
      workflowId: "w",
      error: { code: "FLOW_TASK_FAILED" },
    });
    expect(told.at(-1)).toMatchObject({ uid: "flow.2", error: { code: "FLOW_DEPENDENCY_FAILED" } });
  });

  it("are dropped, oldest first and counted, when nobody reads them", async () => {
    const { flow } = await recordingEngine({ respond: () => ({}) });
    const events = flow.events({ bufferSize: 2 });
    await flow.functionTask(() => 1)();
    await flow.shutdown();

    expect(await all(events)).toMatchObject([{ state: "EXECUTING", dropped: 3 }, { state: "DONE" }]);
    expect(() => flow.events({ bufferSize: 0 })).toThrow(RangeError);
  });

  it("end when the loop is left", async () => {
    const flow = await localEngine();
    const events = flow.events();
    flow.functionTask(() => 1)();

    for await (const event of events) {
      expect(event.state).toBe("NEW");
      break;
    }

    expect(await events.next()).toEqual({ value: undefined, done: true });
  });
});
