import { rejectionOf } from "@rhapsody-internal/fixtures";
import { NoopExecutionBackend } from "@rhapsody/core";
import { RecordingBackend } from "@rhapsody/core/testing";
import { expect, it } from "vitest";
import { createEngine, gate, keepingLogger, localEngine, recordingEngine } from "../__fixtures__/engines.ts";
import { WorkflowEngine } from "../engine/workflow-engine.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

it("leaves no listener for signals behind when it is shut down (W26)", async () => {
  const before = SIGNALS.map((signal) => process.listeners(signal));
  const flow = await WorkflowEngine.create({ backend: new NoopExecutionBackend() });
  await flow.functionTask(() => 1)();

  await flow.shutdown();

  expect(SIGNALS.map((signal) => process.listeners(signal))).toEqual(before);
});

it("takes no signal from its host when it is told not to (W26)", async () => {
  const before = SIGNALS.map((signal) => process.listeners(signal));
  const flow = await createEngine({ backend: new NoopExecutionBackend(), handleInterrupt: false });
  await flow.functionTask(() => 1)();

  expect(SIGNALS.map((signal) => process.listeners(signal))).toEqual(before);
});

it("gives no uid twice, whatever other engines are shut down meanwhile (W28)", async () => {
  const flow = await createEngine({ backend: new NoopExecutionBackend(), uid: "stays" });
  const uids: string[] = [];

  for (let n = 0; n < 3; n += 1) {
    const other = await createEngine({ backend: new NoopExecutionBackend() });
    uids.push(flow.functionTask(() => 1)().uid);
    await other.functionTask(() => 1)();
    await other.shutdown();
  }

  expect(uids).toEqual(["stays.1", "stays.2", "stays.3"]);
});

it("refuses a backend that another engine has, which goes on undisturbed (W29)", async () => {
  const backend = new RecordingBackend({ respond: () => ({ returnValue: 1 }) });
  const first = await createEngine({ backend });
  await first.functionTask(() => 1)();

  await expect(WorkflowEngine.create({ backend })).rejects.toMatchObject({ code: "BACKEND_IN_USE" });

  expect(await first.functionTask(() => 1)()).toBe(1);
});

it("runs beside another engine on one session and its backends (W29)", async () => {
  const { flow: first, backend } = await recordingEngine({ respond: () => ({ returnValue: 1 }) });
  const second = await createEngine({ session: first.session, uid: "second" });

  const values = await Promise.all([first, second].map((flow) => flow.functionTask(() => 1)()));

  expect(values).toEqual([1, 1]);
  expect(backend.submissions.map(({ uid }) => uid)).toEqual(["flow.1", "second.1"]);
});

it("logs failures that nobody looked at, and only those (W30)", async () => {
  const { logger, errors } = keepingLogger();
  const flow = await localEngine({ logger });
  const boom = flow.functionTask((_?: number): number => expect.fail("boom"));
  const [lost, seen, carried] = [boom(), boom(), boom()];
  await rejectionOf(seen);
  await rejectionOf(boom(carried));

  await flow.drain();
  await flow.shutdown();

  expect(errors).toMatchObject([[{ task: lost.uid, error: { code: "FLOW_TASK_FAILED" } }, expect.any(String)]]);
});

it("drains: all calls settle, also those that blocks go on to make (W31)", async () => {
  const flow = await localEngine();
  const go = gate();
  const task = flow.functionTask(async (n: number) => await go.promise.then(() => n));
  const block = flow.block(async () => await task(await task(1)))();

  const ended = flow.shutdown({ mode: "drain" });
  go.resolve();
  await ended;

  expect(await block).toBe(1);
  expect(flow.progress()).toMatchObject({ total: 3, done: 3, cancelled: 0 });
});

it("says when a drain takes longer than it may, and goes on (W31)", async () => {
  const { flow, backend } = await recordingEngine();
  const slow = flow.functionTask(() => 1)();
  await backend.submission(slow.uid);

  expect(await rejectionOf(flow.drain({ timeout: 0 }))).toMatchObject({ code: "FLOW_DRAIN_TIMEOUT" });

  backend.done(slow.uid, { returnValue: 1 });
  expect(await slow).toBe(1);
});

it("is shut down at the end of its scope, with its session (W31)", async () => {
  const backend = new RecordingBackend();
  const calls: { state: string }[] = [];
  {
    await using flow = await WorkflowEngine.create({ backend, handleInterrupt: false });
    calls.push(flow.functionTask(() => 1)());
    await backend.submission(`${flow.uid}.1`);
  }

  expect(calls).toMatchObject([{ state: "CANCELLED" }]);
  expect(backend.isOpen).toBe(false);
});
