import { moduleFunction, pythonFunction, type ComputeTask, type TaskFuture } from "@rhapsody/core";
import { expectTypeOf } from "vitest";
import type { WorkflowEngine } from "../engine/workflow-engine.ts";
import type { FlowError } from "../errors/flow-error.ts";
import type { FlowHandle } from "./flow-handle.ts";
import type { FlowOutcome } from "./outcome.ts";

declare const flow: WorkflowEngine;
declare const n: FlowHandle<number>;
declare const text: FlowHandle<string>;
declare const future: TaskFuture<number>;
declare const task: ComputeTask<number>;

// A handle stands for its value; the value of a call is what the function resolves to.
const double = flow.functionTask(async (x: number) => x * 2);
expectTypeOf(double(1)).toEqualTypeOf<FlowHandle<number>>();
double(n);
// Tasks and futures of the session stand for theirs.
double(future);
double(task);
// @ts-expect-error a handle of another type is refused
double(text);
// @ts-expect-error and so is a plain value
double("1");
// @ts-expect-error and an argument too many
double(1, 2);
// @ts-expect-error and one too few
double();
expectTypeOf<Awaited<FlowHandle<number>>>().toEqualTypeOf<number>();
expectTypeOf(n.settled()).toEqualTypeOf<Promise<FlowOutcome<number>>>();

// At any depth that types go, in lists and records.
const aggregate = flow.functionTask((o: { total: number; even: readonly number[]; deep: { a: { b: string } } }) => o);
aggregate({ total: n, even: [n, 1, future], deep: { a: { b: text } } });
aggregate({ total: 1, even: flow.functionTask(() => [1, 2])(), deep: flow.functionTask(() => ({ a: { b: "" } }))() });
// @ts-expect-error the types inside count
aggregate({ total: text, even: [], deep: { a: { b: text } } });

// Unions are not taken apart.
const flag = flow.functionTask((on: boolean, mode: "a" | "b", either: number | string) => [on, mode, either] as const);
declare const on: FlowHandle<boolean>;
declare const mode: FlowHandle<"a" | "b">;
declare const either: FlowHandle<number | string>;
expectTypeOf(flag(on, mode, either)).toEqualTypeOf<FlowHandle<readonly [boolean, "a" | "b", number | string]>>();
flag(true, "a", n);
// @ts-expect-error a handle of a wider type is refused
flag(on, text, either);

// Optional and rest parameters, and tuples.
const optional = flow.functionTask((a: number, b?: string, ...rest: readonly number[]) => [a, b, rest] as const);
optional(n);
optional(n, text);
optional(n, undefined, n, 1, n);
const tuple = flow.functionTask((pair: [number, string]) => pair);
tuple([n, text]);
// @ts-expect-error a tuple has its length
tuple([n]);

// Recursive types stay finite.
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
const json = flow.functionTask((value: Json) => value);
json({ a: [1, { b: n }], c: text });
declare const tree: FlowHandle<Json>;
json(tree);
json([tree, { tree }]);

// What has a nature of its own is taken whole.
const whole = flow.functionTask((_: { date: Date; map: Map<string, number>; bytes: Uint8Array; f: () => number }) => 1);
declare const date: FlowHandle<Date>;
whole({ date, map: new Map(), bytes: new Uint8Array(), f: () => 1 });
whole({
  date: new Date(),
  map: flow.functionTask(() => new Map<string, number>())(),
  bytes: Buffer.from(""),
  f: () => 1,
});

// A list of several handles is a handle of a tuple; a part of a value is a handle.
expectTypeOf(flow.gather([n, text, 7])).toEqualTypeOf<FlowHandle<[number, string, 7]>>();
expectTypeOf(flow.gather([n, n].map((handle) => handle))).toEqualTypeOf<FlowHandle<number[]>>();
expectTypeOf(
  flow
    .functionTask(() => ({ a: [1] }))()
    .pick("a"),
).toEqualTypeOf<FlowHandle<number[]>>();
declare const parts: FlowHandle<{ a: number }>;
// @ts-expect-error only parts that there are
parts.pick("b");

// map takes lists of items, with handles inside or as a whole.
expectTypeOf(double.map([1, n])).toEqualTypeOf<FlowHandle<number[]>>();
expectTypeOf(double.map(flow.gather([n, n]))).toEqualTypeOf<FlowHandle<number[]>>();
expectTypeOf(double.map([1], { settle: true })).toEqualTypeOf<FlowHandle<FlowOutcome<number>[]>>();
// @ts-expect-error items are those of the first parameter
double.map(["a"]);

// Options: a fallback gives what the function would, and its error is a flow's.
flow.functionTask((x: number) => x, { fallback: (error) => (expectTypeOf(error).toEqualTypeOf<FlowError>(), 0) });
// @ts-expect-error a fallback of another type is refused
flow.functionTask((x: number) => x, { fallback: () => "0" });
expectTypeOf(double.with({ retry: 3, timeout: "5s" })).toEqualTypeOf<typeof double>();
// @ts-expect-error a length of time has a unit
double.with({ timeout: "5" });
// @ts-expect-error an option that there is not
double.with({ retries: 3 });

// Blocks are calls as any other.
const block = flow.block(async (x: number, label: string) => ({ x: await double(x), label }));
expectTypeOf(block(n, text)).toEqualTypeOf<FlowHandle<{ x: number; label: string }>>();
expectTypeOf(flow.block(() => double(1))()).toEqualTypeOf<FlowHandle<number>>();
// @ts-expect-error a block runs in this process
flow.block(() => 1, { backend: "cluster" });

// Programs, prompts and references.
expectTypeOf(flow.executableTask((x: number) => `echo ${x}`)(n)).toEqualTypeOf<FlowHandle<string>>();
expectTypeOf(
  flow
    .executableTask(() => "ls", { result: "full" })()
    .pick("exitCode"),
).toEqualTypeOf<FlowHandle<number>>();
expectTypeOf(flow.promptTask(() => "Hi")()).toEqualTypeOf<FlowHandle<string>>();
expectTypeOf(flow.promptTask(async () => ["Hi", "Ho"])()).toEqualTypeOf<FlowHandle<string[]>>();
// @ts-expect-error a body gives a command
flow.executableTask(() => 7);
expectTypeOf(flow.functionTask(pythonFunction<number>("numpy.linalg:norm"))([3, n])).toEqualTypeOf<
  FlowHandle<number>
>();
const join = flow.functionTask(moduleFunction<typeof import("node:path"), "join">("node:path", "join"));
expectTypeOf(join("a", text)).toEqualTypeOf<FlowHandle<string>>();
// @ts-expect-error only functions that the module exports
flow.moduleTask<typeof import("node:path")>("node:path")("sep");

// A handle of a narrower type is one of a wider.
expectTypeOf<FlowHandle<5>>().toExtend<FlowHandle<number>>();
expectTypeOf<FlowHandle<number>>().not.toExtend<FlowHandle<5>>();

// A generic function loses its type parameter: its value is unknown.
expectTypeOf(flow.functionTask(<T>(value: T) => value)(1)).toEqualTypeOf<FlowHandle<unknown>>();
