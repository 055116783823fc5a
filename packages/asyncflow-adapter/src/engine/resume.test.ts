import { setImmediate as nextTurn } from "node:timers/promises";
import { rejectionOf } from "@rhapsody-internal/fixtures";
import { Session, silentLogger } from "@rhapsody/core";
import { MemoryJournal, RecordingBackend } from "@rhapsody/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { createEngine } from "../__fixtures__/engines.ts";
import type { FlowHandle } from "../handle/flow-handle.ts";
import type { WorkflowEngine } from "./workflow-engine.ts";

/** Uids of the calls that a process ran, and the end of its workflow. */
interface Process {
  readonly ran: readonly string[];
  readonly flow: WorkflowEngine;
  readonly backend: RecordingBackend;
  readonly total: FlowHandle<string>;
}

/** The program, as it is started each time; `leave` are uids of tasks that it does not live to see the end of. */
async function start(journal: MemoryJournal, leave: readonly string[] = []): Promise<Process> {
  const ran: string[] = [];
  const backend = new RecordingBackend({
    respond: ({ uid, work }) => {
      ran.push(uid);
      if (leave.includes(uid)) return undefined;
      if (work.kind === "executable") return { stdout: `${work.executable} ${work.arguments.join(" ")}`, exitCode: 0 };
      return { returnValue: work.kind === "function" ? Number(work.args[0]) + 1 : 0 };
    },
  });
  const session = await Session.resume(journal, {
    create: true,
    unfinished: "wait",
    backends: [backend],
    logger: silentLogger,
    handleInterrupt: false,
  });
  onTestFinished(async () => await session.close());
  const flow = await createEngine({ session, uid: "flow" });
  const next = flow.functionTask((n: number) => n + 1);
  const print = flow.executableTask((n: number) => `print ${n}`);
  const part = flow.block(async (n: number) => await print(next(next(n))));
  const total = flow.block(async () => (await flow.gather([part(0), part(10)])).join("; "))();
  return { ran, flow, backend, total };
}

describe("an engine on a session that is resumed", () => {
  it("runs what had not ended, and takes the values of what had", async () => {
    const journal = new MemoryJournal();
    const first = await start(journal, ["flow.1.1.2", "flow.1.2.3"]);
    await first.backend.submission("flow.1.1.2");
    await first.backend.submission("flow.1.2.3");

    const second = await start(journal.copy());

    expect(await second.total).toBe("print 2; print 12");
    expect(second.ran.toSorted()).toEqual(["flow.1.1.2", "flow.1.1.3", "flow.1.2.3"]);
  });

  it("does not enter a block that had ended", async () => {
    const journal = new MemoryJournal();
    const first = await start(journal);
    await first.total;

    const second = await start(journal.copy());

    expect(await second.total).toBe("print 2; print 12");
    expect(second.ran).toEqual([]);
    expect(second.flow.graph().nodes.map(({ uid, state }) => [uid, state])).toEqual([["flow.1", "DONE"]]);
  });

  /** A program whose first task fails when it is `bad`; ends with its block, or when `held` is submitted. */
  async function campaign(journal: MemoryJournal, bad: boolean, held?: string): Promise<unknown> {
    const backend = new RecordingBackend({
      respond: ({ uid, work }) => {
        if (uid === held) return undefined;
        const n = work.kind === "function" ? work.args[0] : undefined;
        if (n === 1 && bad) return { failure: { code: "TASK_FUNCTION_THREW", message: "no" } };
        return { returnValue: n };
      },
    });
    const options = { create: true, unfinished: "wait", logger: silentLogger, handleInterrupt: false } as const;
    const session = await Session.resume(journal, { ...options, backends: [backend] });
    onTestFinished(async () => await session.close());
    const flow = await createEngine({ session, uid: "flow" });
    const task = flow.functionTask((n: number) => n);
    /** When the first fails, the block has failed by then. */
    const later = async (first: FlowHandle<number>): Promise<number> => {
      await first.settled();
      await nextTurn();
      return await task(2);
    };
    const body = async (): Promise<number[]> => {
      const first = task(1);
      return await Promise.all([first, later(first)]);
    };
    const handle = flow.block(body, { retry: 2 })();
    const outcome = await Promise.race([handle.settled(), ...(held === undefined ? [] : [backend.submission(held)])]);
    await nextTurn();
    return "ok" in outcome && outcome.ok ? outcome.value : undefined;
  }

  it("goes on with a block that had failed, where calls were cancelled before they began", async () => {
    const journal = new MemoryJournal();
    await campaign(journal, true);

    expect(await campaign(journal.copy(), false)).toEqual([1, 2]);
  });

  it("goes on with a block that was being tried again", async () => {
    const journal = new MemoryJournal();
    await campaign(journal, true, "flow.1.try2.1");

    expect(await campaign(journal.copy(), false)).toEqual([1, 2]);
  });

  it("tells of a call that is another one than it was", async () => {
    const journal = new MemoryJournal();
    const first = await start(journal, ["flow.1.1.1"]);
    await first.backend.submission("flow.1.1.1");
    const session = await Session.resume(journal.copy(), {
      backends: [new RecordingBackend()],
      logger: silentLogger,
      unfinished: "wait",
    });
    onTestFinished(async () => await session.close());

    const changed = await createEngine({ session, uid: "flow" });

    expect(await rejectionOf(changed.functionTask((n: number) => n)(1))).toMatchObject({
      code: "FLOW_TASK_REFUSED",
      cause: { problems: [{ code: "TASK_UID_DUPLICATE" }] },
    });
  });
});

describe("calls that are cached", () => {
  /** Runs the workflow on a journal of its own, and counts what really ran. */
  async function run(journal: MemoryJournal, reuse: readonly MemoryJournal[], factor: number) {
    const backend = new RecordingBackend({
      respond: ({ work }) => {
        if (work.kind === "executable") return { stdout: work.arguments.join(), exitCode: 0 };
        return { returnValue: work.kind === "function" ? Number(work.args[0]) * Number(work.args[1]) : 0 };
      },
    });
    const flow = await createEngine({ backend, journal, reuse, defaults: { cache: true } });
    const times = flow.functionTask((a: number, b: number) => a * b);
    const print = flow.executableTask((n: number) => ({ executable: process.execPath, arguments: [n] }));
    const value = await flow.block(async () => await print(times(times(2, 3), factor)))();
    await flow.shutdown();
    return { value, ran: backend.submissions.length };
  }

  it("take the values of another session's, programs computed from results too", async () => {
    const monday = new MemoryJournal();

    expect(await run(monday, [], 4)).toEqual({ value: "24", ran: 3 });
    expect(await run(new MemoryJournal(), [monday], 4)).toEqual({ value: "24", ran: 0 });
  });

  it("run from where the first difference is", async () => {
    const monday = new MemoryJournal();
    await run(monday, [], 4);

    expect(await run(new MemoryJournal(), [monday], 5)).toEqual({ value: "30", ran: 2 });
  });
});
