import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { sessionOf, turn } from "../__fixtures__/open-session.ts";
import { NoopExecutionBackend } from "../backend/noop-execution-backend.ts";
import { silentLogger } from "../logging/create-logger.ts";
import { ComputeTask } from "../task/compute-task.ts";
import { Session } from "./session.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Whether what a function made is gone once nobody holds it any more. */
async function isLetGo(make: () => Promise<object>): Promise<boolean> {
  const reference = new WeakRef(await make());
  for (let tries = 0; tries < 10 && reference.deref() !== undefined; tries += 1) {
    // A WeakRef holds on until its turn of the event loop is over.
    await turn();
    collectGarbage();
  }
  return reference.deref() === undefined;
}

it("lets go of a task's arguments once it has settled, though its result is kept", async () => {
  const session = sessionOf({ backends: [new NoopExecutionBackend()] });
  const kept: unknown[] = [];

  const gone = await isLetGo(async () => {
    const argument = { bytes: new Uint8Array(1000) };
    const [future] = await session.submitTasks([{ uid: "a", function: (_: unknown) => 1, args: [argument] }]);
    await future;
    kept.push(future);
    return argument;
  });

  expect(gone).toBe(true);
  expect(kept).toHaveLength(1);
});

it("lets go of a task's function once it has settled", async () => {
  const session = sessionOf({ backends: [new NoopExecutionBackend()] });

  const gone = await isLetGo(async () => {
    const call = (): number => 1;
    await session.waitTasks(await session.submitTasks([{ uid: "a", function: call }]));
    return call;
  });

  expect(gone).toBe(true);
});

it("lets go of results beyond those that it keeps", async () => {
  const session = sessionOf({ backends: [new NoopExecutionBackend()], retainedResults: 1 });

  const gone = await isLetGo(async () => {
    const task = new ComputeTask({ uid: "old", executable: "work" });
    await session.submitTasks([task]);
    await task;
    await session.waitTasks(await session.submitTasks([{ uid: "new", executable: "work" }]));
    return task;
  });

  expect(gone).toBe(true);
});

it("lets go of a settled task that others depended on", async () => {
  const session = sessionOf({ backends: [new NoopExecutionBackend()], retainedResults: 0 });
  const kept: unknown[] = [];

  const gone = await isLetGo(async () => {
    const first = new ComputeTask({ uid: "first", executable: "work" });
    const [, second] = await session.submitTasks([first, { uid: "second", executable: "work", arguments: [first] }]);
    await second;
    kept.push(second);
    return first;
  });

  expect(gone).toBe(true);
  expect(kept).toHaveLength(1);
});

it("is let go of itself once it is closed, though its backend and its signal live on", async () => {
  const backend = new NoopExecutionBackend();
  const { signal } = new AbortController();

  const gone = await isLetGo(async () => {
    const session = new Session({ backends: [backend], signal, logger: silentLogger });
    session.registerCallback(() => {});
    session.events();
    await Promise.all(
      await session.submitTasks([{ uid: "a", executable: "work", timeoutMs: 1e6, queueTimeoutMs: 1e6 }]),
    );
    await session.close();
    return session;
  });

  expect(gone).toBe(true);
  expect([backend.name, signal.aborted]).toEqual(["noop", false]);
});

it("is let go of itself though the futures of its tasks are kept", async () => {
  const kept: unknown[] = [];

  const gone = await isLetGo(async () => {
    const session = new Session({ backends: [new NoopExecutionBackend()], logger: silentLogger });
    const [future] = await session.submitTasks([{ uid: "a", executable: "work" }]);
    await future;
    await session.close();
    kept.push(future);
    return session;
  });

  expect(gone).toBe(true);
  expect(kept).toHaveLength(1);
});
