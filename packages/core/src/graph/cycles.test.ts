import { expect, it } from "vitest";
import { obliging, openSession, problemsOf, program } from "../__fixtures__/open-session.ts";
import { ComputeTask } from "../task/compute-task.ts";

/** Uids blamed for a cycle, where `edges` says who depends on whom, e.g. `"a<b c"` for a on b and c. */
async function blamed(...edges: string[]): Promise<readonly (string | undefined)[]> {
  const batch = edges.map((edge) => {
    const [uid = "", dependencies = ""] = edge.split("<");
    return program(uid, { dependencies: dependencies.split(" ").filter((name) => name !== "") });
  });
  const problems = await problemsOf(batch);
  expect(problems.every(({ code }) => code === "TASK_DEPENDENCY_CYCLE")).toBe(true);
  return problems.map(({ uid }) => uid);
}

it("finds a task that depends on itself", async () => {
  expect(await blamed("a<a")).toEqual(["a"]);
});

it("finds two tasks that depend on each other", async () => {
  expect(await blamed("a<b", "b<a")).toEqual(["a", "b"]);
});

it("finds all cycles of a batch at once", async () => {
  expect(await blamed("a<b", "b<a", "c<d", "d<e", "e<c", "f<f", "g")).toEqual(["a", "b", "c", "d", "e", "f"]);
});

it("finds a cycle that lies behind another one", async () => {
  expect(await blamed("a<b", "b<a", "c<a d", "d<c")).toEqual(["a", "b", "c", "d"]);
});

it("finds both of two cycles that share a task", async () => {
  expect(await blamed("a<b c", "b<a", "c<a")).toEqual(expect.arrayContaining(["a", "b"]));
});

it("does not blame tasks that are merely behind or before a cycle", async () => {
  expect(await blamed("before", "a<b before", "b<a", "behind<a", "further<behind before")).toEqual(["a", "b"]);
});

it("names the way round in the message", async () => {
  const [problem] = await problemsOf([
    program("a", { dependencies: ["c"] }),
    program("b", { dependencies: ["a"] }),
    program("c", { dependencies: ["b"] }),
  ]);

  expect(problem?.message).toBe("depends on itself: a → c → b → a");
});

it("finds a cycle of 10,000 tasks and keeps each message short", async () => {
  const length = 10_000;
  const ring = Array.from({ length }, (_, i) => program(`t${i}`, { dependencies: [`t${(i + 1) % length}`] }));

  const problems = await problemsOf(ring);

  expect(problems).toHaveLength(length);
  expect(problems[0]?.message.length).toBeLessThan(1000);
});

it("finds a cycle made by tasks in values", async () => {
  const first = new ComputeTask({ uid: "first", executable: "work", dependencies: ["second"] });
  const second = { uid: "second", function: (x: unknown) => x, args: [{ deep: [first] }] };

  expect((await problemsOf([first, second])).map(({ code }) => code)).toEqual([
    "TASK_DEPENDENCY_CYCLE",
    "TASK_DEPENDENCY_CYCLE",
  ]);
});

it("accepts a chain of 10,000 tasks given back to front", async () => {
  const { session } = openSession(obliging());
  const chain = Array.from({ length: 10_000 }, (_, i) =>
    program(`t${i}`, i > 0 ? { dependencies: [`t${i - 1}`] } : {}),
  );

  const futures = await session.submitTasks(chain.toReversed());

  expect((await futures[0]!).state).toBe("DONE");
});

it("accepts a diamond, and a dependency named twice", async () => {
  const { session, backend } = openSession(obliging());

  const futures = await session.submitTasks([
    program("last", { dependencies: ["left", "right", "left"] }),
    program("left", { dependencies: ["first"] }),
    program("right", { dependencies: ["first"] }),
    program("first"),
  ]);
  await Promise.all(futures);

  expect(backend.submissions.map(({ uid }) => uid)).toEqual(["first", "left", "right", "last"]);
});
