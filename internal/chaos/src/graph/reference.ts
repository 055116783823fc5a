import { MODULUS, type Behaviour, type Form, type Graph, type Node } from "./graph.ts";

/** How a task must end. */
export type Ending =
  | { readonly state: "DONE"; readonly value: number; readonly form: Form }
  | { readonly state: "FAILED"; readonly code: string };

const FAILURES: Readonly<Record<Behaviour, ((node: Node) => string) | undefined>> = {
  good: undefined,
  flaky: undefined,
  fail: ({ place }) => (place === "program" ? "TASK_EXIT_CODE" : "TASK_FUNCTION_THREW"),
  poison: () => "TASK_WORKER_DIED",
  hang: () => "TASK_TIMEOUT",
};

/** How all tasks of a graph must end, worked out one after the other, without a session. */
export function endingsOf({ nodes }: Graph): ReadonlyMap<string, Ending> {
  const endings: Ending[] = [];
  for (const node of nodes) endings.push(endingOf(node, endings));
  return new Map(nodes.map(({ uid }, index) => [uid, endings[index] ?? never(uid)]));
}

function endingOf(node: Node, before: readonly Ending[]): Ending {
  const dependencies = [...node.inputs, ...node.after].map((place) => before[place]);
  if (node.onDependencyFailure === "fail" && dependencies.some((ending) => ending?.state !== "DONE")) {
    return { state: "FAILED", code: "DEPENDENCY_FAILED" };
  }
  const failure = FAILURES[node.behaviour];
  if (failure !== undefined) return { state: "FAILED", code: failure(node) };
  const inputs = node.inputs
    .map((place) => before[place])
    .map((ending) => (ending?.state === "DONE" ? ending.value : 0));
  const value = inputs.reduce((sum, input, index) => (sum + (index + 1) * input) % MODULUS, node.base);
  return { state: "DONE", value, form: node.form };
}

function never(uid: string): never {
  throw new Error(`${uid} has no ending`);
}
