import { describe, expect, it, vi } from "vitest";
import {
  exitCode1,
  obliging,
  openSession,
  program,
  rejectionOf,
  submitAnything,
  turn,
} from "../__fixtures__/open-session.ts";
import type { ExecutableWork, PromptWork } from "../backend/task-spec.ts";
import { AITask } from "../task/ai-task.ts";
import { ComputeTask } from "../task/compute-task.ts";

describe("a prompt that is a function", () => {
  it.each([
    ["at once", (answer: unknown) => answer],
    ["as a promise", async (answer: unknown) => answer],
    // oxlint-disable-next-line unicorn/no-thenable
    ["as a thenable", (answer: unknown) => ({ then: (resolve: (value: unknown) => void) => resolve(answer) })],
  ])("gives the prompt %s", async (_, give) => {
    const { session, backend } = openSession(obliging());

    const [future] = await submitAnything(session, [{ uid: "a", prompt: () => give("Hello?") }]);
    await future;

    expect(backend.submissions[0]!.work).toMatchObject({ prompt: "Hello?" });
  });

  it("gets the results of the dependencies, in their order", async () => {
    const { session, backend } = openSession(obliging({ respond: ({ uid }) => ({ stdout: `out of ${uid}` }) }));
    const second = new ComputeTask({ uid: "second", executable: "work" });

    const [, , future] = await session.submitTasks([
      program("first"),
      second,
      new AITask({
        uid: "asks",
        prompt: ({ results }) => results.map(({ stdout }) => stdout).join(", "),
        dependencies: [second, "first"],
      }),
    ]);
    await future;

    expect((backend.submissions[2]!.work as PromptWork).prompt).toBe("out of second, out of first");
  });

  it("is called once its dependencies have settled, not before", async () => {
    const { session, backend } = openSession();
    const prompt = vi.fn(() => "Hi");
    await session.submitTasks([program("first"), { uid: "asks", prompt, dependencies: ["first"] }]);
    await backend.submission("first");
    await turn();
    expect(prompt).not.toHaveBeenCalled();

    backend.done("first");
    await backend.submission("asks");

    expect(prompt).toHaveBeenCalledTimes(1);
  });

  it("may give several prompts, or a chat", async () => {
    const { session, backend } = openSession(obliging());
    const chat = [{ role: "user", content: "Hi" }] as const;

    await Promise.all(
      await session.submitTasks([
        { uid: "several", prompt: () => ["One?", "Two?"] },
        { uid: "chat", prompt: async () => chat },
      ]),
    );

    expect(backend.submissions.map(({ work }) => (work as PromptWork).prompt)).toEqual([["One?", "Two?"], chat]);
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no idea");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no idea"))],
  ])("that %s fails its task, with the reason", async (_, prompt) => {
    const { session, backend } = openSession();

    const [future] = await submitAnything(session, [{ uid: "a", prompt }]);

    expect(await rejectionOf(future!)).toMatchObject({
      code: "TASK_ARGUMENTS_INVALID",
      attempt: 0,
      message: expect.stringContaining("no idea") as string,
    });
    expect(backend.submissions).toEqual([]);
  });

  it.each([undefined, null, "", 7, [], [""], {}, [{ role: "user" }]])(
    "that gives %j fails its task",
    async (answer) => {
      const { session } = openSession();

      const futures = await submitAnything(session, [
        { uid: "sync", prompt: () => answer },
        { uid: "async", prompt: async () => answer },
      ]);

      for (const future of futures) {
        expect(await rejectionOf(future)).toMatchObject({ code: "TASK_ARGUMENTS_INVALID" });
      }
    },
  );

  it("that never gives one can be cancelled", async () => {
    const { session } = openSession();
    const [future] = await session.submitTasks([{ uid: "a", prompt: () => new Promise<string>(() => {}) }]);

    await future.cancel();

    expect(future.state).toBe("CANCELLED");
  });

  it("that gives one after its task was cancelled changes nothing", async () => {
    const { session, backend } = openSession();
    const { promise, resolve } = Promise.withResolvers<string>();
    const [future] = await session.submitTasks([{ uid: "a", prompt: () => promise }]);
    await future.cancel();

    resolve("Hi");
    await turn();

    expect(future.state).toBe("CANCELLED");
    expect(backend.submissions).toEqual([]);
    expect(session.statistics().backends).toMatchObject({ recording: { waiting: 0 } });
  });

  it("that rejects after its task was cancelled changes nothing", async () => {
    const { session } = openSession();
    const { promise, reject } = Promise.withResolvers<string>();
    const [future] = await session.submitTasks([{ uid: "a", prompt: () => promise }]);
    await future.cancel();

    reject(new Error("too late"));
    await turn();

    await expect(future).rejects.toMatchObject({ code: "TASK_CANCELLED" });
  });

  it("runs its failed dependencies' results by, when it runs all the same", async () => {
    const { session, backend } = openSession({
      respond: ({ uid }) => (uid === "first" ? { failure: exitCode1 } : {}),
    });

    const [, future] = await session.submitTasks([
      program("first"),
      new AITask({
        uid: "asks",
        prompt: ({ results }) => `${results[0].state}: ${results[0].error?.message}`,
        dependencies: ["first"],
        onDependencyFailure: "run",
      }),
    ]);
    await future;

    expect((backend.submissions[1]!.work as PromptWork).prompt).toBe("FAILED: [first on recording] exited with code 1");
  });
});

describe("arguments that are a function", () => {
  it("give the arguments, as text", async () => {
    const { session, backend } = openSession(obliging({ respond: () => ({ stdout: "7" }) }));
    const first = new ComputeTask({ uid: "first", executable: "work" });

    const [, future] = await session.submitTasks([
      first,
      new ComputeTask({
        uid: "a",
        executable: "work",
        arguments: ({ results: [{ stdout }] }) => ["--count", stdout, 1, true],
        dependencies: [first],
      }),
    ]);
    await future;

    expect((backend.submissions[1]!.work as ExecutableWork).arguments).toEqual(["--count", "7", "1", "true"]);
  });

  it.each([undefined, "--help", [null], ["a\0b"], [{}], Promise.resolve(["a"])])(
    "that give %j fail their task",
    async (given) => {
      const { session } = openSession();

      const [future] = await submitAnything(session, [program("a", { arguments: () => given as never })]);

      expect(await rejectionOf(future!)).toMatchObject({ code: "TASK_ARGUMENTS_INVALID" });
    },
  );

  it("that throw fail their task, and those that depend on it", async () => {
    const { session } = openSession();
    const compute = (): never => {
      throw new Error("no data");
    };

    const [, second] = await session.submitTasks([
      program("a", { arguments: compute }),
      program("b", { dependencies: ["a"] }),
    ]);

    await expect(second).rejects.toMatchObject({ code: "DEPENDENCY_FAILED", rootCause: "a" });
  });
});

describe("a program that is a function", () => {
  it.each([
    ["at once", (program: object) => program],
    ["as a promise", async (program: object) => program],
  ])("gives the program with what it is given %s", async (_, give) => {
    const { session, backend } = openSession(obliging({ respond: () => ({ stdout: "7" }) }));
    const first = new ComputeTask({ uid: "first", executable: "work" });
    const computed = new ComputeTask({
      uid: "a",
      executable: ({ results: [{ stdout }] }) =>
        give({ executable: `work-${stdout}`, arguments: ["--count", 1], stdin: stdout }) as { executable: string },
      dependencies: [first],
    });

    await session.submitTasks([first, computed]);
    await computed;

    expect(backend.submissions[1]!.work).toMatchObject({
      executable: "work-7",
      arguments: ["--count", "1"],
      stdin: new TextEncoder().encode("7"),
    });
    expect(computed.executable).toBeUndefined();
  });

  it("leaves to the description what it does not say", async () => {
    const { session, backend } = openSession(obliging({ respond: () => ({ stdout: "7" }) }));
    const computed = { uid: "a", executable: () => ({ executable: "work" }), stdin: "in", dependencies: ["first"] };

    const [, future] = await session.submitTasks([
      program("first"),
      { ...computed, arguments: ({ results }) => [results[0]?.stdout ?? ""] },
    ]);
    await future;

    expect(backend.submissions[1]!.work).toMatchObject({ executable: "work", arguments: ["7"] });
  });

  it.each([
    undefined,
    "work",
    {},
    { executable: "" },
    { executable: "a", arguments: "b" },
    { executable: "a", stdin: 7 },
  ])("that gives %j fails its task", async (given) => {
    const { session } = openSession();

    const [future] = await submitAnything(session, [{ uid: "a", executable: () => given }]);

    expect(await rejectionOf(future!)).toMatchObject({ code: "TASK_ARGUMENTS_INVALID" });
  });
});

describe("a function of results may use the session", () => {
  it("to submit further tasks", async () => {
    const { session } = openSession(obliging());
    let inner: Promise<unknown> | undefined;
    const compute = (): string[] => {
      inner = session.submitTasks([program("inner")]).then(([future]) => future);
      return [];
    };

    const [outer] = await session.submitTasks([program("outer", { arguments: compute })]);

    expect((await outer).state).toBe("DONE");
    expect(await inner).toMatchObject({ uid: "inner", state: "DONE" });
  });

  it("to cancel its own task", async () => {
    const { session, backend } = openSession(obliging());
    const compute = (): string[] => {
      void session.cancel("self");
      return [];
    };

    const [self, other] = await session.submitTasks([program("self", { arguments: compute }), program("other")]);

    await expect(self).rejects.toMatchObject({ code: "TASK_CANCELLED" });
    expect((await other).state).toBe("DONE");
    expect(backend.submissions.map(({ uid }) => uid)).toEqual(["other"]);
    expect(session.statistics().backends).toMatchObject({ recording: { waiting: 0, inFlight: 0 } });
  });

  it("to cancel its own task and then throw", async () => {
    const { session } = openSession(obliging());
    const compute = (): never => {
      void session.cancel("self");
      throw new Error("and I mean it");
    };

    const [self, other] = await session.submitTasks([program("self", { arguments: compute }), program("other")]);

    await expect(self).rejects.toMatchObject({ code: "TASK_CANCELLED" });
    expect((await other).state).toBe("DONE");
  });

  it("to close it", async () => {
    const { session } = openSession(obliging());
    let closed: Promise<void> | undefined;
    const compute = (): string[] => {
      closed = session.close();
      return [];
    };

    const futures = await session.submitTasks([program("a", { arguments: compute }), program("b")]);
    await closed;

    expect(futures.map(({ state }) => state)).toEqual(["CANCELLED", "CANCELLED"]);
  });
});
