import fc from "fast-check";
import type { Behaviour, Form, Graph, Node, Place } from "./graph.ts";

/** Graphs of 20 to 60 short tasks, submitted in three batches. */
export const randomGraph: fc.Arbitrary<Graph> = fc
  .tuple(
    fc.array(randomDraft(), { minLength: 20, maxLength: 60, size: "max" }),
    fc.integer({ min: 30, max: 60 }),
    fc.integer({ min: 60, max: 90 }),
  )
  .map(([drafts, first, second]) => {
    const nodes = drafts.map(toNode);
    const ends = [first, second, 100].map((percent) => Math.ceil((nodes.length * percent) / 100));
    return { nodes, batches: ends.map((end, index) => end - (ends[index - 1] ?? 0)) };
  });

/** A node that does not know its place in the graph yet; dependencies are numbers of any size. */
interface Draft extends Omit<Node, "uid"> {
  readonly place: Place;
}

function randomDraft(): fc.Arbitrary<Draft> {
  return fc.record({
    place: weighted<Place>({ program: 4, thread: 4, process: 3, host: 2 }),
    behaviour: weighted<Behaviour>({ good: 80, flaky: 12, fail: 3, poison: 2, hang: 2 }),
    form: weighted<Form>({ number: 8, long: 2, bigint: 2 }),
    ms: fc.integer({ min: 0, max: 50 }),
    base: fc.nat(1000),
    failures: fc.integer({ min: 1, max: 3 }),
    inputs: fc.array(fc.nat(10_000), { maxLength: 3 }),
    after: fc.array(fc.nat(10_000), { maxLength: 2 }),
    onDependencyFailure: weighted<"fail" | "run">({ fail: 3, run: 1 }),
    priority: fc.integer({ min: -2, max: 2 }),
  });
}

function toNode(draft: Draft, index: number): Node {
  const places = (numbers: readonly number[]): number[] =>
    index === 0 ? [] : [...new Set(numbers.map((number) => number % index))];
  const { behaviour, form } = draft;
  const place = placeFor(draft);
  return {
    ...draft,
    uid: `t${String(index).padStart(2, "0")}`,
    place,
    form: place === "program" && form === "bigint" ? "number" : form,
    behaviour,
    // There is no value to take from a task that failed.
    inputs: draft.onDependencyFailure === "run" ? [] : places(draft.inputs),
    after: places(draft.after),
  };
}

/** Only a worker can be poisoned; the host would have to wait for ever with a closure that hangs. */
function placeFor({ behaviour, place }: Draft): Place {
  if (behaviour === "poison" && place === "program") return "process";
  return place === "host" && (behaviour === "poison" || behaviour === "hang") ? "thread" : place;
}

function weighted<T extends string>(weights: Readonly<Record<T, number>>): fc.Arbitrary<T> {
  // The keys of a literal are those that its type has.
  const entries = Object.entries(weights) as [T, number][];
  return fc.oneof(...entries.map(([value, weight]) => ({ arbitrary: fc.constant(value), weight })));
}
