import { expect, it } from "vitest";
import { obliging, openSession, program } from "../__fixtures__/open-session.ts";

it("cancels tasks that depend on each other alike, however they stand in line, when the session closes", async () => {
  const { session } = openSession();
  void session.submitTasks([
    program("a"),
    program("b", { dependencies: ["a"] }),
    program("c", { dependencies: ["b"] }),
  ]);
  const results = session.waitTasks(["a", "b", "c"]);

  await session.close();

  expect((await results).map(({ state }) => state)).toEqual(["CANCELLED", "CANCELLED", "CANCELLED"]);
});

it("cancels all tasks that were named, and lets those go down that were not", async () => {
  const { session } = openSession(obliging());
  void session.submitTasks([
    program("a"),
    program("b", { dependencies: ["a"] }),
    program("c", { dependencies: ["b"] }),
  ]);

  await session.cancel(["a", "b"]);

  const results = await session.waitTasks(["a", "b", "c"]);
  expect(results.map(({ state }) => state)).toEqual(["CANCELLED", "CANCELLED", "FAILED"]);
  expect(results[2]?.error).toMatchObject({ code: "DEPENDENCY_FAILED", path: ["b"] });
});
