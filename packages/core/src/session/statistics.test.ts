import { afterEach, expect, it, vi } from "vitest";
import { exitCode1, openSession, program, turn } from "../__fixtures__/open-session.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("count nothing before the first task", () => {
  expect(openSession().session.statistics()).toEqual({
    submitted: 0,
    states: {
      SCHEDULING_PENDING: 0,
      EXECUTING_PENDING: 0,
      EXECUTING: 0,
      DONE: 0,
      FAILED: 0,
      CANCELLED: 0,
    },
    retries: 0,
    cached: 0,
    backends: { recording: { status: "closed", waiting: 0, inFlight: 0 } },
    elapsedMs: 0,
  });
});

it("count tasks by state, as they move", async () => {
  const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 4 } } });
  const futures = await session.submitTasks([
    program("done"),
    program("failed"),
    program("cancelled"),
    program("running"),
    program("handed-over"),
    program("no-room"),
    program("dependent", { dependencies: ["running"] }),
  ]);
  await backend.submission("running");
  await turn();
  backend.done("done");
  backend.fail("failed", exitCode1);
  await futures[2].cancel();
  await turn();
  backend.run("running");

  expect(session.statistics()).toMatchObject({
    submitted: 7,
    states: { SCHEDULING_PENDING: 1, EXECUTING_PENDING: 2, EXECUTING: 1, DONE: 1, FAILED: 1, CANCELLED: 1 },
    backends: { recording: { status: "open", waiting: 0, inFlight: 3 } },
  });
});

it("count what waits for room apart from what waits for other tasks", async () => {
  const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 1 } } });
  await session.submitTasks([program("a"), program("b"), program("c"), program("d", { dependencies: ["a"] })]);
  await backend.submission("a");

  expect(session.statistics().backends).toEqual({ recording: { status: "open", waiting: 2, inFlight: 1 } });
});

it("measure the time since the first submission", async () => {
  const { session, backend } = openSession();
  await session.start();
  vi.useFakeTimers({ toFake: ["performance", "Date"] });
  await session.submitTasks([program("a")]);

  vi.advanceTimersByTime(1500);

  expect(session.statistics().elapsedMs).toBe(1500);
  expect(backend.isOpen).toBe(true);
});

it("are a copy that does not change", async () => {
  const { session } = openSession();
  const before = session.statistics();

  await session.submitTasks([program("a")]);

  expect([before.submitted, before.states.SCHEDULING_PENDING]).toEqual([0, 0]);
});
