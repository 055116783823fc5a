import { expectTypeOf } from "vitest";
import * as z from "zod";
import { AITask } from "../task/ai-task.ts";
import { ComputeTask } from "../task/compute-task.ts";
import { moduleFunction, pythonFunction } from "../task/function-reference.ts";
import type { TaskFuture } from "../task/task-future.ts";
import type { TaskResult } from "../task/task-result.ts";
import type { Session } from "./session.ts";

const simulation = {
  simulate: (seed: number, options: { readonly steps: number }): Promise<Float64Array> =>
    Promise.resolve(new Float64Array(seed + options.steps)),
  version: "1",
};

// The value of an executable is its standard output.
const list = new ComputeTask({ executable: "ls", arguments: ["-l"] });
expectTypeOf(list).toExtend<ComputeTask<string>>();
expectTypeOf(list.returnValue).toEqualTypeOf<string | undefined>();

// A program may be computed from results.
const computed = new ComputeTask({
  executable: ({ results: [{ stdout }] }) => ({ executable: stdout, arguments: [1] }),
  dependencies: [list],
});
expectTypeOf(computed).toExtend<ComputeTask<string>>();

// The value of a function task is what its function resolves to.
const double = new ComputeTask({ function: async (n: number) => n * 2, args: [21] });
expectTypeOf(double).toExtend<ComputeTask<number>>();
const sync = new ComputeTask({ function: (text: string) => [text], args: ["x"] });
expectTypeOf(sync.returnValue).toEqualTypeOf<string[] | undefined>();

// A task stands for its value, at any depth.
const words = new ComputeTask({ function: () => ["a", "b"] });
const add = (a: number, rest: { readonly terms: readonly number[]; readonly label: string }): number =>
  a + rest.terms.length;
const sum = new ComputeTask({ function: add, args: [double, { terms: [double, 1], label: list }] });
expectTypeOf(sum).toExtend<ComputeTask<number>>();
const whole = (terms: readonly string[]): number => terms.length;
new ComputeTask({ function: whole, args: [words] });

// @ts-expect-error a task of the wrong value type is refused
new ComputeTask({ function: add, args: [list, { terms: [], label: "x" }] });
// @ts-expect-error and so is a plain value of the wrong type
new ComputeTask({ function: add, args: ["1", { terms: [], label: "x" }] });
// @ts-expect-error an executable takes no function beside it
new ComputeTask({ executable: "ls", function: () => 1 });

// Unions and tuples keep their types.
const pair = new ComputeTask({ function: (): [number, string] | undefined => [1, "a"] });
expectTypeOf(pair.returnValue).toEqualTypeOf<[number, string] | undefined>();

// References to functions of modules.
const remote = new ComputeTask({
  function: moduleFunction<typeof simulation, "simulate">(new URL("file:///sim.js"), "simulate"),
  args: [double, { steps: 3 }],
});
expectTypeOf(remote).toExtend<ComputeTask<Float64Array>>();
// @ts-expect-error only exports that are functions can be named
moduleFunction<typeof simulation, "version">(new URL("file:///sim.js"), "version");
const norm = new ComputeTask({ function: pythonFunction<number>("numpy.linalg:norm"), args: [[3, 4]] });
expectTypeOf(norm).toExtend<ComputeTask<number>>();

// The form of a prompt decides that of the answer.
expectTypeOf(new AITask({ prompt: "Hello?" })).toExtend<AITask<string>>();
expectTypeOf(new AITask({ prompt: ["One?", "Two?"] })).toExtend<AITask<string[]>>();
expectTypeOf(new AITask({ prompt: [{ role: "user", content: "Hello?" }] })).toExtend<AITask<string>>();
const summary = new AITask({
  dependencies: [double, list],
  prompt: ({ results }) => {
    expectTypeOf(results[0]).toEqualTypeOf<TaskResult<number>>();
    expectTypeOf(results[1]).toEqualTypeOf<TaskResult<string>>();
    return `${results[0].returnValue} of ${results[1].stdout}`;
  },
});
expectTypeOf(summary).toExtend<AITask<string>>();

// So does a schema, which says what an answer is.
const Score = z.object({ score: z.number(), why: z.string().optional() });
interface Score {
  score: number;
  why?: string | undefined;
}
expectTypeOf(new AITask({ prompt: "How good?", responseSchema: Score })).toExtend<AITask<Score>>();
expectTypeOf(new AITask({ prompt: ["This?", "That?"], responseSchema: Score }).response).toEqualTypeOf<
  Score[] | undefined
>();
const judged = new AITask({
  dependencies: [list],
  prompt: ({ results: [{ stdout }] }) => `How good is ${stdout}?`,
  responseSchema: Score,
});
expectTypeOf(judged.response).toEqualTypeOf<Score | undefined>();
// @ts-expect-error a schema is no JSON schema
new AITask({ prompt: "How good?", responseSchema: { type: "object" } });

// Texts become vectors.
expectTypeOf(new AITask({ embed: "text" }).response).toEqualTypeOf<number[] | undefined>();
expectTypeOf(new AITask({ embed: ["a", "b"] }).response).toEqualTypeOf<number[][] | undefined>();
const embedded = new AITask({ dependencies: [list], embed: ({ results: [{ stdout }] }) => stdout.split("\n") });
expectTypeOf(embedded.response).toEqualTypeOf<number[][] | undefined>();
// @ts-expect-error a task asks for an answer or for vectors
new AITask({ prompt: "Hello?", embed: "text" });

export async function awaiting(session: Session): Promise<void> {
  // Awaiting gives results, one by one and together.
  expectTypeOf(await double).toEqualTypeOf<TaskResult<number>>();
  const [a, b] = await Promise.all([double, list]);
  expectTypeOf(a.returnValue).toEqualTypeOf<number>();
  expectTypeOf(b.returnValue).toEqualTypeOf<string>();

  // A batch gives a future for each task, in order.
  const futures = await session.submitTasks([double, list, { executable: "ls" }, { function: () => true }]);
  expectTypeOf(futures[0]).toEqualTypeOf<TaskFuture<number>>();
  expectTypeOf(futures[1]).toEqualTypeOf<TaskFuture<string>>();
  expectTypeOf(futures[2]).toEqualTypeOf<TaskFuture<string>>();
  expectTypeOf(futures[3]).toEqualTypeOf<TaskFuture<boolean>>();
  const [described] = await session.submitTasks([{ function: add, args: [1, { terms: [2], label: "x" }] }]);
  expectTypeOf(described).toEqualTypeOf<TaskFuture<number>>();
  const many = await session.submitTasks(Array.from({ length: 3 }, (_, n) => new ComputeTask({ function: () => n })));
  expectTypeOf(many).toExtend<TaskFuture<number>[]>();

  const [score, scores, vector, vectors] = await session.submitTasks([
    { prompt: "How good?", responseSchema: Score },
    { prompt: () => ["This?", "That?"], responseSchema: Score },
    { embed: "text" },
    { embed: async () => ["a", "b"] },
  ]);
  expectTypeOf(score).toEqualTypeOf<TaskFuture<Score>>();
  expectTypeOf(scores).toEqualTypeOf<TaskFuture<Score[]>>();
  expectTypeOf(vector).toEqualTypeOf<TaskFuture<number[]>>();
  expectTypeOf(vectors).toEqualTypeOf<TaskFuture<number[][]>>();
  for await (const piece of judged.stream()) expectTypeOf(piece.text).toEqualTypeOf<string>();

  // A handle goes around inside an object, since a thenable that is returned is awaited.
  const held = async (): Promise<{ readonly task: TaskFuture<number> }> => ({ task: futures[0] });
  expectTypeOf(await held()).toEqualTypeOf<{ readonly task: TaskFuture<number> }>();
  const unwrapped = async () => futures[0];
  expectTypeOf(await unwrapped()).toEqualTypeOf<TaskResult<number>>();
}
