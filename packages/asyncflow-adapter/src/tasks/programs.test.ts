import { rejectionOf } from "@rhapsody-internal/fixtures";
import { moduleFunction } from "@rhapsody/core";
import { describe, expect, expectTypeOf, it, vi } from "vitest";
import { z } from "zod";
import { gate, localEngine, recordingEngine } from "../__fixtures__/engines.ts";

describe("an executable task", () => {
  it("runs its body once the arguments have values, wherever they stand", async () => {
    const flow = await localEngine();
    const n = flow.functionTask(() => 7)();
    const body = vi.fn(
      (first: number, rest: { readonly list: readonly number[] }) => `echo ${first} ${rest.list.join("+")}`,
    );

    expect(await flow.executableTask(body)(n, { list: [n, 1] })).toBe("7 7+1\n");
    expect(body).toHaveBeenCalledTimes(1);
  });

  it("keeps quotes, and lets no shell near what the body gives", async () => {
    const flow = await localEngine();
    const echo = flow.executableTask((text: string) => `echo ${text}`);

    expect(await echo("'a   b' \"c $HOME\" `id` ; x")).toBe("a   b c $HOME `id` ; x\n");
  });

  it("may give a program with arguments and input", async () => {
    const flow = await localEngine();
    const count = flow.executableTask((text: string) => ({ executable: "wc", arguments: ["-c"], stdin: text }));

    expect((await count("four")).trim()).toBe("4");
  });

  it("uses a shell when it is told to", async () => {
    const flow = await localEngine();

    expect(await flow.executableTask(() => "echo $((1 + 2)) | cat", { shell: true })()).toBe("3\n");
  });

  it("gives all that the program left behind when it is told to, for dependents too", async () => {
    const flow = await localEngine();
    const both = flow.executableTask(() => "echo out; echo err >&2", { shell: true, result: "full" });
    const handle = both();

    expectTypeOf(await handle).toEqualTypeOf<{
      readonly stdout: string;
      readonly stderr: string;
      readonly exitCode: number;
    }>();
    expect(await handle).toEqual({ stdout: "out\n", stderr: "err\n", exitCode: 0 });
    expect(await handle.pick("stderr")).toBe("err\n");
    expect(await handle.result()).toMatchObject({ state: "DONE", stdout: "out\n", returnValue: { exitCode: 0 } });
  });

  it.each([undefined, null, "", "  ", 7, {}, { executable: "" }, "echo 'open"])(
    "whose body gives %j fails, saying so",
    async (given) => {
      const flow = await localEngine();

      const error = await rejectionOf(flow.executableTask(() => given as string)());

      expect(error).toMatchObject({ code: "FLOW_TASK_FAILED", failure: "TASK_ARGUMENTS_INVALID" });
    },
  );

  it("whose body throws fails with that, and does not harm others", async () => {
    const flow = await localEngine();
    const cause = new Error("no command");
    const bad = flow.executableTask(() => {
      throw cause;
    })();
    const good = flow.executableTask(() => "echo ok")();

    expect(await rejectionOf(bad)).toMatchObject({ failure: "TASK_ARGUMENTS_INVALID", cause: { cause } });
    expect(await good).toBe("ok\n");
  });

  it("can be stood on before its asynchronous body has given anything", async () => {
    const flow = await localEngine();
    const ready = gate<string>();
    const first = flow.executableTask(async () => await ready.promise)();
    const second = flow.functionTask((text: string) => text.trim())(first);

    ready.resolve("echo late");

    expect(await second).toBe("late");
  });
});

describe("a prompt task", () => {
  const answering = {
    respond: ({ work }: { readonly work: object }) => ({ response: "prompt" in work ? work.prompt : 1 }),
  };

  it("asks with the values of its arguments", async () => {
    const { flow, backend } = await recordingEngine(answering);
    const text = flow.promptTask(() => "text")();

    const answer = await flow.promptTask((given: string) => `Summarise: ${given}`, { temperature: 0.5, model: "m" })(
      text,
    );

    expect(answer).toBe("Summarise: text");
    expect(backend.submissions[1]!.work).toMatchObject({ model: "m", sampling: { temperature: 0.5 } });
  });

  it("may ask several", async () => {
    const { flow } = await recordingEngine(answering);

    expect(await flow.promptTask((n: number) => ["One?", `${n}?`])(2)).toEqual(["One?", "2?"]);
  });

  it("gives what its schema makes of the answer, and fails when that is nothing", async () => {
    const { flow } = await recordingEngine(answering);
    const ask = flow.promptTask((text: string) => text, { schema: z.object({ n: z.number() }) });

    const value = await ask('{"n":7}');

    expectTypeOf(value).toEqualTypeOf<{ n: number }>();
    expect(value).toEqual({ n: 7 });
    expect(await rejectionOf(ask('{"n":"x"}'))).toMatchObject({
      code: "FLOW_RESULT_INVALID",
      message: expect.stringContaining("n: ") as string,
    });
    expect(await rejectionOf(ask("no JSON"))).toMatchObject({ code: "FLOW_RESULT_INVALID" });
    expect(await ask.with({ fallback: () => ({ n: 0 }) })("no JSON")).toEqual({ n: 0 });
  });
});

describe("functions of modules and of Python", () => {
  it("are calls like any other", async () => {
    const flow = await localEngine();
    const path = flow.moduleTask<typeof import("node:path")>("node:path");
    const base = path("basename");
    const name = base(flow.functionTask(() => "/data/flights.csv")(), ".csv");

    expectTypeOf(await name).toEqualTypeOf<string>();
    expect(await name).toBe("flights");
    expect(name.name).toBe("basename");
    const join = flow.functionTask(moduleFunction<typeof import("node:path"), "join">("node:path", "join"));
    expect(await join("a", name)).toBe("a/flights");
  });

  it("have the types that are said", async () => {
    const { flow } = await recordingEngine({
      respond: ({ work }) => ({ returnValue: "args" in work ? work.args : 0 }),
    });
    const norm = flow.pythonTask<[readonly number[]], number>("numpy.linalg:norm");

    const value = await norm([3, 4]);

    expectTypeOf(value).toEqualTypeOf<number>();
    expect(value).toEqual([[3, 4]]);
  });
});
