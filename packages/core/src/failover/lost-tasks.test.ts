import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exitCode1, program, rejectionOf, sessionOf } from "../__fixtures__/open-session.ts";
import { ScriptedBackend, type Script } from "../__fixtures__/scripted-backend.ts";
import { BackendError } from "../errors/backend-error.ts";
import type { ExecutableTaskOptions } from "../task/task-options.ts";
import type { FailoverPolicy } from "./failover-policy.ts";

const death = new BackendError("BACKEND_LOST", { backend: "scripted", message: "the scheduler died" });
const workerDeath = { code: "TASK_WORKER_DIED", message: "the worker ended" } as const;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** A session with one task that is to be lost, on a backend that proves itself between losses by finishing others. */
async function doomed(fields: Partial<ExecutableTaskOptions> = {}, failover: FailoverPolicy = {}, script: Script = {}) {
  const backend = new ScriptedBackend(script);
  const session = sessionOf({ backends: [backend], failover: { openings: 1000, ...failover } });
  await session.start();
  const [future] = await session.submitTasks([program("a", fields)]);
  await handedOver(backend, 1);
  return { backend, session, future };
}

/** Waits for an attempt of `a`, and for the backend to have accepted it. */
async function handedOver(backend: ScriptedBackend, attempt: number): Promise<void> {
  while (!backend.tasks.some((task) => task.uid === "a" && task.attempt === attempt))
    await vi.advanceTimersByTimeAsync(100);
  await vi.advanceTimersByTimeAsync(0);
}

async function loseWhileRunning(backend: ScriptedBackend, attempts: readonly number[]): Promise<void> {
  for (const attempt of attempts) {
    await handedOver(backend, attempt);
    backend.report("a", { state: "RUNNING" });
    backend.context.lost(death);
  }
}

describe("a task that was running when its backend died", () => {
  it("survives three times, and ends well at the fourth attempt", async () => {
    const { backend, future, session } = await doomed();

    await loseWhileRunning(backend, [1, 2, 3]);
    await handedOver(backend, 4);
    backend.report("a", { state: "DONE" });

    expect(await future).toMatchObject({ state: "DONE", attempts: 4 });
    expect(session.statistics().retries).toBe(3);
  });

  it("fails the fourth time, as the suspected cause, whatever its retry policy says", async () => {
    const { backend, future } = await doomed({ retry: { attempts: 100 } });

    await loseWhileRunning(backend, [1, 2, 3, 4]);

    expect(await rejectionOf(future)).toMatchObject({
      code: "BACKEND_LOST",
      attempt: 4,
      backend: "scripted",
      message: expect.stringMatching(/the scheduler died; .*4 times, so the task may be what kills it/) as string,
      cause: { code: "BACKEND_LOST", backend: "scripted", retryable: true },
    });
  });

  it("fails at once when no loss is allowed", async () => {
    const { backend, future } = await doomed({}, { losses: 0 });

    await loseWhileRunning(backend, [1]);

    expect(await rejectionOf(future)).toMatchObject({
      code: "BACKEND_LOST",
      message: expect.stringContaining("once") as string,
    });
  });

  it("has as many tries left as before", async () => {
    const { backend, future } = await doomed({ retry: { attempts: 2 } });

    await loseWhileRunning(backend, [1]);
    await handedOver(backend, 2);
    backend.report("a", { state: "FAILED", failure: exitCode1 });
    await loseWhileRunning(backend, [3]);
    await handedOver(backend, 4);
    backend.report("a", { state: "FAILED", failure: exitCode1 });

    expect(await rejectionOf(future)).toMatchObject({ code: "TASK_EXIT_CODE", attempt: 4 });
  });

  it("fails when its retryIf refuses, which sees why", async () => {
    const seen: unknown[] = [];
    const retryIf = (error: { readonly code: string; readonly attempt: number }) => {
      seen.push([error.code, error.attempt]);
      return seen.length < 2;
    };
    const { backend, future } = await doomed({ retry: { attempts: 1, retryIf } });

    await loseWhileRunning(backend, [1, 2]);

    expect(await rejectionOf(future)).toMatchObject({ code: "BACKEND_LOST", attempt: 2 });
    expect(seen).toEqual([
      ["BACKEND_LOST", 1],
      ["BACKEND_LOST", 2],
    ]);
  });

  it("does not run again when the retryIf of another one cancels it meanwhile", async () => {
    const { backend, session, future } = await doomed();
    const retryIf = () => {
      void session.cancel("a");
      return true;
    };
    const [other] = await session.submitTasks([program("b", { retry: { attempts: 1, retryIf } })]);
    await vi.advanceTimersByTimeAsync(0);

    backend.context.lost(death);
    await vi.advanceTimersByTimeAsync(0);
    backend.report("b", { state: "DONE" });

    await expect(future).rejects.toMatchObject({ code: "TASK_CANCELLED" });
    expect((await other).attempts).toBe(2);
    expect(session.statistics().backends["scripted"]).toEqual({ status: "open", waiting: 0, inFlight: 0 });
  });

  it("gets all of its timeoutMs again", async () => {
    const { backend, future } = await doomed({ timeoutMs: 1000 });
    backend.report("a", { state: "RUNNING" });
    await vi.advanceTimersByTimeAsync(900);

    backend.context.lost(death);
    await handedOver(backend, 2);
    backend.report("a", { state: "RUNNING" });
    await vi.advanceTimersByTimeAsync(900);
    backend.report("a", { state: "DONE" });

    expect((await future).attempts).toBe(2);
  });

  it("ends as timed out when it was being stopped for that", async () => {
    const { backend, future } = await doomed({ timeoutMs: 50 }, {}, { cancel: () => new Promise(() => {}) });
    backend.report("a", { state: "RUNNING" });
    await vi.advanceTimersByTimeAsync(100);

    backend.context.lost(death);

    await expect(future).rejects.toMatchObject({ code: "TASK_TIMEOUT" });
  });
});

describe("a task that was handed over and had not begun when its backend died", () => {
  it("is not suspected, however often that happens", async () => {
    const { backend, future } = await doomed({}, { losses: 0 });

    for (let attempt = 1; attempt <= 10; attempt += 1) {
      await handedOver(backend, attempt);
      backend.context.lost(death);
    }
    await handedOver(backend, 11);
    backend.report("a", { state: "DONE" });

    expect((await future).attempts).toBe(11);
  });

  it("still has to begin within its queueTimeoutMs", async () => {
    const script: Script = { open: ({ epoch }) => (epoch === 1 ? undefined : new Promise(() => {})) };
    const { backend, future, session } = await doomed({ queueTimeoutMs: 1000 }, {}, script);

    backend.context.lost(death);
    await vi.advanceTimersByTimeAsync(1100);

    await expect(future).rejects.toMatchObject({ code: "TASK_QUEUE_TIMEOUT" });
    const closed = session.close({ graceMs: 0 }).catch(() => {});
    await vi.advanceTimersByTimeAsync(0);
    await closed;
  });
});

describe("a task whose worker dies under it", () => {
  it("fails the fourth time, whatever its retry policy says, and harms no other", async () => {
    const { backend, session, future } = await doomed({ retry: { attempts: 100 } });
    const [other] = await session.submitTasks([program("b")]);

    for (const attempt of [1, 2, 3, 4]) {
      await handedOver(backend, attempt);
      backend.report("a", { state: "FAILED", failure: workerDeath });
    }
    backend.report("b", { state: "DONE" });

    expect(await rejectionOf(future)).toMatchObject({
      code: "TASK_WORKER_DIED",
      attempt: 4,
      message: expect.stringContaining("4 times, so the task may be what kills it") as string,
    });
    expect((await other).attempts).toBe(1);
  });

  it("fails the first time without a retry policy, and is not accused of more", async () => {
    const { backend, future } = await doomed();

    backend.report("a", { state: "FAILED", failure: workerDeath });

    expect(await rejectionOf(future)).toMatchObject({ message: "[a on scripted] the worker ended" });
  });

  it("is suspected for deaths of its engine as well", async () => {
    const { backend, future } = await doomed({ retry: { attempts: 100 } }, { losses: 1 });

    await loseWhileRunning(backend, [1]);
    await handedOver(backend, 2);
    backend.report("a", { state: "FAILED", failure: workerDeath });

    expect(await rejectionOf(future)).toMatchObject({ code: "TASK_WORKER_DIED", attempt: 2 });
  });
});

describe("a task that is lost with its worker while its engine goes on", () => {
  const lost = { state: "LOST", failure: workerDeath } as const;

  it("runs again at once, without a retry policy, and harms no other", async () => {
    const { backend, session, future } = await doomed();
    const [other] = await session.submitTasks([program("b")]);
    await vi.advanceTimersByTimeAsync(0);
    backend.report("a", { state: "RUNNING" });

    backend.report("a", lost);
    await vi.advanceTimersByTimeAsync(0);
    backend.report("a", { state: "DONE" });
    backend.report("b", { state: "DONE" });

    expect(await future).toMatchObject({ state: "DONE", attempts: 2 });
    expect((await other).attempts).toBe(1);
    expect(session.statistics()).toMatchObject({ retries: 1, backends: { scripted: { inFlight: 0 } } });
  });

  it("has as many tries left as before", async () => {
    const { backend, future } = await doomed({ retry: { attempts: 2 } });

    backend.report("a", lost);
    await handedOver(backend, 2);
    backend.report("a", { state: "FAILED", failure: exitCode1 });
    await handedOver(backend, 3);
    backend.report("a", lost);
    await handedOver(backend, 4);
    backend.report("a", { state: "FAILED", failure: exitCode1 });

    expect(await rejectionOf(future)).toMatchObject({ code: "TASK_EXIT_CODE", attempt: 4 });
  });

  it.each([
    ["RUNNING was reported", [{ state: "RUNNING" } as const, lost]],
    ["the loss says when it began", [{ ...lost, startedAt: 1 }]],
  ])("fails the fourth time that it was running, told by what died: %s", async (_, updates) => {
    const { backend, future } = await doomed({ retry: { attempts: 100 } });

    for (const attempt of [1, 2, 3, 4]) {
      await handedOver(backend, attempt);
      for (const update of updates) backend.report("a", update);
    }

    expect(await rejectionOf(future)).toMatchObject({
      code: "TASK_WORKER_DIED",
      attempt: 4,
      message: expect.stringContaining("the worker ended; what ran the task has now died under it 4 times") as string,
    });
  });

  it("is not suspected, however often that happens, when it had not begun", async () => {
    const { backend, future } = await doomed({}, { losses: 0 });

    for (let attempt = 1; attempt <= 10; attempt += 1) {
      await handedOver(backend, attempt);
      backend.report("a", lost);
    }
    await handedOver(backend, 11);
    backend.report("a", { state: "DONE" });

    expect((await future).attempts).toBe(11);
  });

  it("fails when its retryIf refuses, which sees the worker's death", async () => {
    const retryIf = vi.fn(({ code }: { readonly code: string }) => code !== "TASK_WORKER_DIED");
    const { backend, future } = await doomed({ retry: { attempts: 100, retryIf } });

    backend.report("a", lost);

    expect(await rejectionOf(future)).toMatchObject({ code: "TASK_WORKER_DIED", attempt: 1 });
    expect(retryIf).toHaveBeenCalledOnce();
  });

  it("ends as cancelled when it was being stopped", async () => {
    const { backend, future } = await doomed({}, {}, { cancel: () => new Promise(() => {}) });
    void future.cancel("enough");
    await vi.advanceTimersByTimeAsync(0);

    backend.report("a", lost);

    await expect(future).rejects.toMatchObject({ code: "TASK_CANCELLED", reason: "enough" });
  });

  it("says nothing good of its backend, which may come to nothing all the same", async () => {
    const { backend, future } = await doomed({}, { openings: 2 });

    backend.report("a", { state: "RUNNING" });
    backend.context.lost(death);
    await handedOver(backend, 2);
    backend.report("a", lost);
    await handedOver(backend, 3);
    backend.context.lost(death);

    expect(await rejectionOf(future)).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
  });
});

it("logs how many tasks run again", async () => {
  const backend = new ScriptedBackend();
  const warn = vi.fn<(fields: object, message: string) => void>();
  const logger = { debug() {}, info() {}, warn, error() {} };
  const session = sessionOf({ backends: [backend], logger });
  await session.start();
  await session.submitTasks([program("a"), program("b")]);
  await handedOver(backend, 1);

  backend.context.lost(death);

  expect(warn).toHaveBeenCalledExactlyOnceWith(
    { session: session.uid, backend: "scripted", tasks: 2 },
    "what was in flight runs again",
  );
});
