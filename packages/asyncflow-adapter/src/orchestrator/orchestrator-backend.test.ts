import { once } from "node:events";
import {
  silentLogger,
  taskContext,
  type BackendContext,
  type BackendHandle,
  type TaskSpec,
  type TaskUpdate,
} from "@rhapsody/core";
import { describe, expect, it } from "vitest";
import { gate } from "../__fixtures__/engines.ts";
import { OrchestratorBackend } from "./orchestrator-backend.ts";

interface Opened {
  readonly backend: OrchestratorBackend;
  readonly context: BackendContext;
  readonly handle: BackendHandle;
  readonly updates: TaskUpdate[];
  /** Resolves when an attempt has ended. */
  ended(uid: string): Promise<void>;
}

async function open(): Promise<Opened> {
  const backend = new OrchestratorBackend("flow");
  const updates: TaskUpdate[] = [];
  const waiting = new Map<string, () => void>();
  const context: BackendContext = {
    sessionUid: "session",
    workDir: "/nowhere",
    logger: silentLogger,
    epoch: 1,
    signal: new AbortController().signal,
    environment: {},
    report: (told) => {
      for (const update of told) {
        updates.push(update);
        if (update.state !== "RUNNING") waiting.get(update.uid)?.();
      }
    },
    capacity: () => {},
    observe: () => {},
    lost: () => {},
  };
  const handle = await backend.open(context);
  const ended = (uid: string): Promise<void> =>
    updates.some((update) => update.uid === uid && update.state !== "RUNNING")
      ? Promise.resolve()
      : new Promise((resolve) => waiting.set(uid, resolve));
  return { backend, context, handle, updates, ended };
}

function spec(uid: string, call: (...args: unknown[]) => unknown): TaskSpec {
  const work = {
    kind: "function",
    function: { kind: "inline", call },
    args: [],
    capture: "none",
    maxOutputBytes: 0,
  } as const;
  return {
    uid,
    attempt: 1,
    epoch: 1,
    name: uid,
    work,
    environment: {},
    resources: {},
    priority: 0,
    backendOptions: {},
  };
}

describe("the orchestrator", () => {
  it("calls functions after submit has returned, and tells what became of them", async () => {
    const { handle, updates, ended } = await open();
    const thrown = new Error("no");
    let called = false;

    const submitted = handle.submit([
      spec("sync", () => ((called = true), 1)),
      spec("async", async () => taskContext().uid),
      spec("throws", () => {
        throw thrown;
      }),
    ]);
    expect(called).toBe(false);
    await submitted;
    await Promise.all(["sync", "async", "throws"].map(ended));

    expect(updates.filter(({ state }) => state !== "RUNNING")).toMatchObject([
      { uid: "sync", state: "DONE", returnValue: 1 },
      { uid: "throws", state: "FAILED", failure: { code: "TASK_FUNCTION_THREW", cause: thrown } },
      { uid: "async", state: "DONE", returnValue: "async" },
    ]);
  });

  it("never calls what was cancelled before its turn", async () => {
    const { handle, updates } = await open();
    const submitted = handle.submit([spec("a", () => 1)]);

    const outcomes = await handle.cancel?.([{ uid: "a", attempt: 1, epoch: 1 }], "enough");
    await submitted;

    expect(outcomes).toEqual(["cancelled"]);
    expect(updates).toEqual([]);
  });

  it("waits for a function that listens to its signal, and lets go of one that does not", async () => {
    const { handle, updates } = await open();
    const [entered, never] = [gate(), gate()];
    const listens = async (): Promise<void> => {
      const { signal } = taskContext();
      entered.resolve();
      await once(signal, "abort");
    };
    await handle.submit([spec("deaf", () => never.promise), spec("listens", listens)]);
    await entered.promise;

    const attempts = ["deaf", "listens", "unknown"].map((uid) => ({ uid, attempt: 1, epoch: 1 }));
    const outcomes = await handle.cancel?.(attempts, "enough");
    never.resolve();

    expect(outcomes).toEqual(["detached", "cancelled", "cancelled"]);
    expect(updates.filter(({ uid, state }) => uid === "deaf" && state !== "RUNNING")).toEqual([]);
  });

  it("is one at a time, and refuses work once closed", async () => {
    const { backend, context, handle } = await open();
    await expect(backend.open(context)).rejects.toMatchObject({ code: "BACKEND_IN_USE" });

    await handle.close(0);
    await handle.close(0);

    await expect(handle.submit([spec("a", () => 1)])).rejects.toMatchObject({ code: "BACKEND_CLOSED" });
    await (await backend.open(context)).close(0);
  });
});
