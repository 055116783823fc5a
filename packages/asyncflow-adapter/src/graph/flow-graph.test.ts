import { rejectionOf } from "@rhapsody-internal/fixtures";
import { describe, expect, it } from "vitest";
import { recordingEngine } from "../__fixtures__/engines.ts";
import type { WorkflowEngine } from "../engine/workflow-engine.ts";

async function drawn(): Promise<WorkflowEngine> {
  const { flow, backend } = await recordingEngine();
  const prepare = flow.functionTask(() => 1, { name: 'say "hi" & <go>' });
  const use = flow.functionTask((n: number) => n, { name: "use" });
  const first = prepare();
  const block = flow.block(async (n: number) => await use(n), { name: "inner" })(first);
  use.with({ name: "waits" })(block);
  await backend.submission("flow.1");
  backend.done("flow.1", { returnValue: 1 });
  await backend.submission("flow.2.1");
  return flow;
}

describe("a graph", () => {
  it("shows calls with their state, and what waits for what", async () => {
    const graph = (await drawn()).graph();

    expect(graph.nodes).toMatchObject([
      { uid: "flow.1", kind: "function", state: "DONE", backend: "recording", attempts: 1 },
      { uid: "flow.2", kind: "block", state: "EXECUTING" },
      { uid: "flow.3", kind: "function", state: "SCHEDULING_PENDING" },
      { uid: "flow.2.1", block: "flow.2", state: "EXECUTING_PENDING" },
    ]);
    expect(graph.edges).toEqual([
      { from: "flow.1", to: "flow.2" },
      { from: "flow.2", to: "flow.3" },
    ]);
    expect(JSON.parse(JSON.stringify(graph))).toEqual({ nodes: graph.nodes, edges: graph.edges });
  });

  it("has times and errors of what has settled", async () => {
    const { flow } = await recordingEngine({
      respond: () => ({ failure: { code: "TASK_FUNCTION_THREW", message: "no" }, startedAt: 1_000, finishedAt: 1_250 }),
    });
    await rejectionOf(flow.functionTask(() => 1)());

    expect(flow.graph().nodes).toMatchObject([
      { state: "FAILED", finishedAt: 1_250, error: expect.stringContaining("no") as string },
    ]);
  });

  it("is a Mermaid flowchart", async () => {
    const text = (await drawn())
      .graph()
      .toMermaid()
      .replaceAll(/ · \d+ ms/g, "");

    expect(text).toMatchInlineSnapshot(`
      "flowchart TD
        n1["say #34;hi#34; #38; #60;go#62; · DONE"]:::DONE
        subgraph n2["inner · EXECUTING"]
          n4["use · EXECUTING_PENDING"]:::EXECUTING_PENDING
        end
        class n2 EXECUTING
        n3["waits · SCHEDULING_PENDING"]:::SCHEDULING_PENDING
        n1 --> n2
        n2 --> n3
        classDef DONE fill:#a3cfbb,color:#000
        classDef EXECUTING fill:#9ec5fe,color:#000
        classDef SCHEDULING_PENDING fill:#eeeeee,color:#000
        classDef EXECUTING_PENDING fill:#dde6f0,color:#000
      "
    `);
  });

  it("is a DOT graph", async () => {
    const text = (await drawn())
      .graph()
      .toDot()
      .replaceAll(/ · \d+ ms/g, "");

    expect(text).toMatchInlineSnapshot(`
      "digraph flow {
        node [shape=box, style="rounded,filled"];
        n1 [label="say \\"hi\\" & <go> · DONE", fillcolor="#a3cfbb"];
        subgraph cluster_n2 {
          label="inner";
          n2 [label="inner · EXECUTING", fillcolor="#9ec5fe"];
          n4 [label="use · EXECUTING_PENDING", fillcolor="#dde6f0"];
        }
        n3 [label="waits · SCHEDULING_PENDING", fillcolor="#eeeeee"];
        n1 -> n2;
        n2 -> n3;
      }
      "
    `);
  });

  it("of nothing is empty", async () => {
    const { flow } = await recordingEngine();

    expect(flow.graph().toMermaid()).toBe("flowchart TD\n");
    expect(flow.graph().toJSON()).toEqual({ nodes: [], edges: [] });
  });
});
