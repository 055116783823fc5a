import { describe, expect, it } from "vitest";
import { exitCode1, openSession, program, sessionOf, turn } from "../__fixtures__/open-session.ts";
import { ScriptedBackend } from "../__fixtures__/scripted-backend.ts";
import { AITask } from "../task/ai-task.ts";

const neverFits = { code: "TASK_NEVER_FITS", cause: { code: "RESOURCE_NEVER_FITS", resource: "cores" } };

it("fails a waiting task that the backend, once open, has too little for", async () => {
  const backend = new ScriptedBackend({ open: (context) => context.capacity({ cores: 2 }) });
  const session = sessionOf({ backends: [backend] });

  const [large, small] = await session.submitTasks([
    program("large", { resources: { cores: 3 } }),
    program("small", { resources: { cores: 2 } }),
  ]);

  await expect(large).rejects.toMatchObject(neverFits);
  expect(backend.tasks.map(({ uid }) => uid)).toEqual(["small"]);
  expect(small.state).toBe("EXECUTING_PENDING");
});

it("fails a waiting task when the capacity shrinks below it, and leaves those in flight alone", async () => {
  const { session, backend } = openSession({ capabilities: { capacity: { cores: 4 } } });
  const [running, waiting] = await session.submitTasks([
    program("running", { resources: { cores: 4 } }),
    program("waiting", { resources: { cores: 4 } }),
  ]);
  await backend.submission("running");

  backend.setCapacity({ cores: 2 });

  await expect(waiting).rejects.toMatchObject(neverFits);
  backend.done("running");
  expect((await running).state).toBe("DONE");
});

describe("a task that comes to the line only after the capacity shrank fails too", () => {
  it("when it waited for another task", async () => {
    const { session, backend } = openSession({ capabilities: { capacity: { cores: 4 } } });
    const [, second] = await session.submitTasks([
      program("first"),
      program("second", { dependencies: ["first"], resources: { cores: 4 } }),
    ]);
    await backend.submission("first");

    backend.setCapacity({ cores: 2 });
    backend.done("first");

    await expect(second).rejects.toMatchObject(neverFits);
  });

  it("when it is tried again", async () => {
    const { session, backend } = openSession({ capabilities: { capacity: { cores: 4 } } });
    const [again] = await session.submitTasks([program("again", { resources: { cores: 4 }, retry: { attempts: 2 } })]);
    await backend.submission("again");

    backend.setCapacity({ cores: 2 });
    backend.fail("again", exitCode1);

    await expect(again).rejects.toMatchObject(neverFits);
  });

  it("when its prompt was still being computed", async () => {
    const { session, backend } = openSession({ capabilities: { capacity: { cores: 4 } } });
    const { promise, resolve } = Promise.withResolvers<string>();
    const late = new AITask({ prompt: () => promise, resources: { cores: 4 } });
    await session.submitTasks([program("other"), late]);
    await backend.submission("other");

    backend.setCapacity({ cores: 2 });
    resolve("Hi");

    await expect(late).rejects.toMatchObject(neverFits);
  });
});

it("hands over what waited for room when the capacity grows", async () => {
  const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 1 } } });
  await session.submitTasks([program("a"), program("b")]);
  await backend.submission("a");

  backend.setCapacity({ maxInFlight: 2 });

  expect((await backend.submission("b")).uid).toBe("b");
});

it("waits, and does not fail, while the backend takes nothing at all", async () => {
  const { session, backend } = openSession({ capabilities: { capacity: { maxInFlight: 0 } } });
  const [future] = await session.submitTasks([program("a")]);
  await session.start();
  await turn();
  expect(future.state).toBe("SCHEDULING_PENDING");

  backend.setCapacity({ maxInFlight: 1 });
  await backend.submission("a");
  backend.done("a");

  expect((await future).state).toBe("DONE");
});

it("ignores what an opening that is over says about its capacity", async () => {
  const { session, backend } = openSession();
  const scripted = new ScriptedBackend({ name: "scripted" });
  session.addBackend(scripted);
  await session.start();
  const stale = scripted.context;
  await session.close();

  expect(() => stale.capacity({ cores: 0 })).not.toThrow();
  expect(backend.isOpen).toBe(false);
});
