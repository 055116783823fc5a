import { expect, it } from "vitest";
import { exitCode1, obliging, openSession, program, rejectionOf } from "../__fixtures__/open-session.ts";

it("keeps the latest results to be looked up by uid", async () => {
  const { session } = openSession(obliging(), { retainedResults: 2 });

  await Promise.all(await session.submitTasks(["a", "b", "c"].map((uid) => program(uid))));

  expect((await session.waitTasks(["b", "c"])).map(({ uid }) => uid)).toEqual(["b", "c"]);
  expect(await rejectionOf(session.waitTasks(["a"]))).toMatchObject({
    code: "TASK_UNKNOWN",
    message: expect.stringContaining("retainedResults") as string,
  });
});

it("keeps every result for those who hold the future", async () => {
  const { session } = openSession(obliging({ respond: ({ uid }) => ({ stdout: uid }) }), { retainedResults: 0 });

  const futures = await session.submitTasks(["a", "b"].map((uid) => program(uid)));
  await session.waitTasks(futures);

  expect((await Promise.all(futures)).map(({ stdout }) => stdout)).toEqual(["a", "b"]);
});

it("keeps going round when far more tasks settle than results are kept", async () => {
  const { session } = openSession(obliging(), { retainedResults: 3 });

  for (let batch = 0; batch < 5; batch += 1) {
    const uids = Array.from({ length: 4 }, (_, i) => `t${batch}.${i}`);
    await Promise.all(await session.submitTasks(uids.map((uid) => program(uid))));
  }

  expect(await session.waitTasks(["t4.1", "t4.2", "t4.3"])).toHaveLength(3);
  await expect(session.waitTasks(["t4.0"])).rejects.toMatchObject({ code: "TASK_UNKNOWN" });
});

it("never lets go of a task that has not settled", async () => {
  const { session, backend } = openSession({}, { retainedResults: 0 });
  await session.submitTasks([program("slow"), program("quick")]);
  await backend.submission("quick");
  backend.done("quick");

  const waiting = session.waitTasks(["slow"]);
  backend.done("slow");

  expect((await waiting)[0]?.state).toBe("DONE");
});

it("fails a dependent whose dependency failed and was released, naming it", async () => {
  const { session, backend } = openSession({ respond: () => ({ failure: exitCode1 }) }, { retainedResults: 0 });
  const [failed] = await session.submitTasks([program("failed")]);
  await failed.settled();

  const [late] = await session.submitTasks([program("late", { dependencies: [failed] })]);

  await expect(late).rejects.toMatchObject({ code: "DEPENDENCY_FAILED", rootCause: "failed" });
  expect(backend.submissions).toHaveLength(1);
});
