import { expect, it } from "vitest";
import { program, rejectionOf, sessionOf, turn } from "../__fixtures__/open-session.ts";
import { ScriptedBackend } from "../__fixtures__/scripted-backend.ts";
import type { TaskUpdate } from "../backend/task-update.ts";
import type { LogFields } from "../logging/logger.ts";

/** A session with tasks `a` and `b` in flight, and what it logs. */
async function inFlight() {
  const logged: LogFields[] = [];
  const logger = { debug() {}, info() {}, warn() {}, error: (fields: LogFields) => void logged.push(fields) };
  const backend = new ScriptedBackend();
  const session = sessionOf({ backends: [backend], logger });
  await session.start();
  const [a, b] = await session.submitTasks([program("a"), program("b")]);
  await turn();
  return { session, backend, a, b, logged };
}

const end = (uid: string): TaskUpdate => ({ uid, attempt: 1, epoch: 1, state: "DONE" });

it("ignores an update in a state that there is not, says so, and takes the others", async () => {
  const { backend, a, b, logged } = await inFlight();

  backend.context.report([{ uid: "a", attempt: 1, epoch: 1, state: "CANCELLED" } as never, end("b")]);
  expect((await b).state).toBe("DONE");
  expect(a.state).toBe("EXECUTING_PENDING");
  expect(logged).toMatchObject([{ backend: "scripted", task: "a", state: "CANCELLED" }]);
  backend.context.report([end("a")]);

  expect((await a).state).toBe("DONE");
});

it("fails a task that is FAILED without a reason", async () => {
  const { backend, a, b } = await inFlight();

  backend.context.report([{ uid: "a", attempt: 1, epoch: 1, state: "FAILED" } as never, end("b")]);

  expect(await rejectionOf(a)).toMatchObject({
    name: "TaskExecutionError",
    message: expect.stringContaining("did not say why") as string,
  });
  expect((await b).state).toBe("DONE");
});

it("cancels a task that it has while it is slow to take others", async () => {
  const gate = Promise.withResolvers<void>();
  const backend: ScriptedBackend = new ScriptedBackend({
    submit: () => (backend.batches.length === 1 ? Promise.resolve() : gate.promise),
  });
  const session = sessionOf({ backends: [backend] });
  await session.start();
  const [first] = await session.submitTasks([program("first")]);
  await turn();
  await session.submitTasks([program("second")]);
  await turn();
  expect(backend.batches).toHaveLength(2);

  await first.cancel();

  expect(first.state).toBe("CANCELLED");
  gate.resolve();
});
