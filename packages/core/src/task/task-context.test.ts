import { describe, expect, it } from "vitest";
import { turn } from "../__fixtures__/open-session.ts";
import { runInTaskContext, taskContext, type TaskContext } from "./task-context.ts";

const context = (uid: string): TaskContext => ({
  uid,
  name: uid,
  attempt: 1,
  backend: "local",
  sessionUid: "s",
  signal: new AbortController().signal,
});

describe("taskContext", () => {
  it("is that of the task whose function runs", () => {
    expect(runInTaskContext(context("a"), () => taskContext().uid)).toBe("a");
  });

  it("lasts through awaits, and is told apart from that of others meanwhile", async () => {
    const seen = await Promise.all(
      ["a", "b", "c"].map((uid) =>
        runInTaskContext(context(uid), async () => {
          await turn();
          await turn();
          return taskContext().uid;
        }),
      ),
    );

    expect(seen).toEqual(["a", "b", "c"]);
  });

  it("may be that of a task inside a task", () => {
    const seen = runInTaskContext(context("outer"), () => {
      const inner = runInTaskContext(context("inner"), () => taskContext().uid);
      return [inner, taskContext().uid];
    });

    expect(seen).toEqual(["inner", "outer"]);
  });

  it("throws outside of any task", () => {
    expect(() => taskContext()).toThrow(TypeError);
    runInTaskContext(context("a"), () => {});
    expect(() => taskContext()).toThrow(TypeError);
  });

  it("passes on what the function throws", () => {
    expect(() =>
      runInTaskContext(context("a"), () => {
        throw new RangeError("mine");
      }),
    ).toThrow(RangeError);
  });
});
