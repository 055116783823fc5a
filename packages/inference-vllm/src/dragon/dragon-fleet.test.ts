import type { CancelOutcome, TaskAttempt, TaskSpec, TaskUpdate } from "@rhapsody/core";
import type { EngineHandle } from "@rhapsody/python-bridge";
import { describe, expect, it } from "vitest";
import type { Call } from "../fleet/call.ts";
import { DragonFleet } from "./dragon-fleet.ts";
import type { DragonPrompt } from "./to-prompt.ts";

/** Keeps what it is asked, for the test to answer. */
class ScriptedEngine implements Pick<EngineHandle, "submit" | "cancel"> {
  readonly asked = new Map<string, TaskSpec>();
  readonly cancelled: string[] = [];
  readonly fleet: DragonFleet;

  constructor(fleet: DragonFleet) {
    this.fleet = fleet;
  }

  submit(tasks: readonly TaskSpec[]): Promise<void> {
    for (const task of tasks) {
      const { messages } = this.fleet.workOf(task).work as DragonPrompt;
      this.asked.set(typeof messages === "string" ? messages : String(messages[0]?.["content"]), task);
    }
    return Promise.resolve();
  }

  cancel(tasks: readonly TaskAttempt[]): Promise<readonly CancelOutcome[]> {
    this.cancelled.push(...tasks.map(({ uid }) => uid));
    return Promise.resolve(tasks.map(() => "detached"));
  }

  /** Tells of the prompt that begins with a text. */
  tell(text: string, update: Partial<TaskUpdate>): void {
    const { uid, attempt, epoch } = this.asked.get(text) ?? { uid: "nobody", attempt: 1, epoch: 3 };
    this.fleet.update([{ uid, attempt, epoch, ...update } as TaskUpdate]);
  }

  answer(text: string, usage: readonly [number, number] | null = null): void {
    const returnValue = { text: `answer to ${text}`, finishReason: "stop", usage, replica: "n1/1" };
    this.tell(text, { state: "DONE", returnValue });
  }
}

function start({ room = 8, maxWaiting = 100, streaming = false } = {}): { fleet: DragonFleet; engine: ScriptedEngine } {
  const config = { llm: { temperature: 0.2, use_async_streaming: streaming } };
  const fleet = new DragonFleet({ configuration: { config, model: "m", secrets: {} }, maxWaiting, epoch: 3 });
  const engine = new ScriptedEngine(fleet);
  // What of it is used.
  fleet.start(engine as unknown as EngineHandle, room);
  return { fleet, engine };
}

function chat(text: string, owner = "a", rest: object = {}): Call {
  const body = { messages: [{ role: "user", content: text }], ...rest };
  return { path: "chat/completions", body, cost: 1, prefix: text, owner };
}

describe("DragonFleet", () => {
  it("gives each call its own answer, in whatever order they come", async () => {
    const { fleet, engine } = start();
    const texts = ["one", "two", "three"];

    const replies = texts.map((text) => fleet.send(chat(text)));
    for (const text of texts.toReversed()) engine.answer(text, [3, 5]);

    expect((await Promise.all(replies)).map(({ body }) => body)).toEqual(
      texts.map((text) => ({
        object: "chat.completion",
        choices: [{ index: 0, message: { role: "assistant", content: `answer to ${text}` }, finish_reason: "stop" }],
        usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
      })),
    );
  });

  it("drops the late answer to a call that was aborted", async () => {
    const { fleet, engine } = start({ room: 1 });
    const stop = new AbortController();

    const first = fleet.send(chat("first"), { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    const second = fleet.send(chat("second"));
    engine.answer("first");
    engine.answer("second");

    expect(engine.cancelled).toEqual(["prompt-1"]);
    expect((await second).body["choices"]).toMatchObject([{ message: { content: "answer to second" } }]);
  });

  it("keeps to its room, and owners take turns for it", async () => {
    const { fleet, engine } = start({ room: 1 });

    const replies = [fleet.send(chat("a1")), fleet.send(chat("a2")), fleet.send(chat("b1", "b"))];
    expect([fleet.waiting, fleet.replicas[0]?.inFlight]).toEqual([2, 1]);
    engine.answer("a1");
    await replies[0];
    engine.answer("a2");
    await replies[1];
    engine.answer("b1");
    await replies[2];

    expect([...engine.asked.keys()]).toEqual(["a1", "a2", "b1"]);
    expect(fleet.replicas[0]?.inFlight).toBe(0);
  });

  it("refuses more than may wait", async () => {
    const { fleet } = start({ room: 1, maxWaiting: 1 });
    void fleet.send(chat("one")).catch(() => {});
    void fleet.send(chat("two")).catch(() => {});

    await expect(fleet.send(chat("three"))).rejects.toMatchObject({ code: "INFERENCE_QUEUE_FULL" });
    await fleet.close();
  });

  it("passes pieces on as events, and an answer that comes whole as one", async () => {
    const { fleet, engine } = start({ streaming: true });
    const { fleet: whole, engine: wholeEngine } = start();
    const pieces: unknown[] = [];
    const onEvent = ({ choices }: Readonly<Record<string, unknown>>): unknown => pieces.push(choices);

    const streamed = fleet.send(chat("p", "a", { stream: true, stream_options: { include_usage: true } }), { onEvent });
    engine.tell("p", { state: "RUNNING" });
    engine.tell("p", { state: "OUTPUT", stream: "response", text: "answer" });
    engine.answer("p");
    await streamed;
    const atOnce = whole.send(chat("q", "a", { stream: true }), { onEvent });
    wholeEngine.answer("q");
    await atOnce;

    expect(pieces).toEqual([
      [{ index: 0, delta: { content: "answer" }, finish_reason: null }],
      [{ index: 0, delta: { content: "answer to q" }, finish_reason: null }],
    ]);
  });

  it("tells of failures, of the end of the service, and of its own", async () => {
    const { fleet, engine } = start();
    const { fleet: closed } = start();

    const failing = fleet.send(chat("one"));
    engine.tell("one", {
      state: "FAILED",
      failure: { code: "TASK_PROMPT_FAILED", message: "the service failed: no memory" },
    });
    await expect(failing).rejects.toMatchObject({
      code: "INFERENCE_SERVER_ERROR",
      message: expect.stringContaining("no memory") as string,
    });
    const interrupted = fleet.send(chat("two"));
    fleet.lose("processes ended");
    await expect(interrupted).rejects.toMatchObject({ code: "INFERENCE_INTERRUPTED" });
    await expect(fleet.send(chat("three"))).rejects.toMatchObject({ code: "INFERENCE_INTERRUPTED" });
    const open = closed.send(chat("four"));
    await closed.close();
    await expect(open).rejects.toMatchObject({ code: "INFERENCE_CLOSED" });
  });
});
