import fc from "fast-check";
import type { Message } from "../host/message.ts";

/** When something is done to a host: so long after the n-th time that it tells of something, or after its start. */
export interface Moment {
  readonly event: "start" | Message["type"] | "done";
  readonly count: number;
  readonly delayMs: number;
}

/** What is done. `host`, `terminate` end the life; the others it has to live with. */
export type Deed =
  /** Kill the host, the helper process, a worker, or a program of a task. */
  | { readonly kind: "host" | "helper" | "worker" | "program" }
  /** Ask the host to leave. */
  | { readonly kind: "terminate" }
  /** Stop the host for a while. */
  | { readonly kind: "pause"; readonly ms: number }
  /** Let the host's clock jump. */
  | { readonly kind: "jump"; readonly ms: number }
  /** Leave the journal no room for a while. */
  | { readonly kind: "fill"; readonly ms: number };

export interface Act {
  readonly moment: Moment;
  readonly deed: Deed;
}

/** What is done to each process of a campaign. Nothing ends the last one before its time. */
export type Plan = readonly (readonly Act[])[];

/** Most workers and helpers that are killed in one life: fewer than what makes a task suspicious. */
const MOST_OF_A_KIND = 2;

/** Plans for 2 to 6 lives. */
export const randomPlan: fc.Arbitrary<Plan> = fc
  .tuple(fc.array(fc.tuple(randomNuisances(), randomEnd()), { minLength: 1, maxLength: 5 }), randomNuisances())
  .map(([lives, last]) => [...lives.map(([nuisances, end]) => [...nuisances, end]), last]);

function randomNuisances(): fc.Arbitrary<readonly Act[]> {
  const deed = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Deed>({ kind: "program" }) },
    { weight: 3, arbitrary: fc.constant<Deed>({ kind: "worker" }) },
    { weight: 2, arbitrary: fc.constant<Deed>({ kind: "helper" }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("pause" as const), ms: fc.integer({ min: 10, max: 300 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("jump" as const), ms: fc.integer({ min: -86_400_000, max: 86_400_000 }) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("fill" as const), ms: fc.integer({ min: 50, max: 800 }) }) },
  );
  return fc
    .array(fc.record({ moment: randomMoment(["opened", "accepted", "done"]), deed }), { maxLength: 6 })
    .map((acts) => acts.filter((act, index) => !tooMany(act, acts.slice(0, index))));
}

/** The end of a life: at any instant, or right where it hurts. */
function randomEnd(): fc.Arbitrary<Act> {
  return fc.record({
    moment: fc.oneof(
      fc.record({ event: fc.constant("start" as const), count: fc.constant(1), delayMs: fc.integer({ min: 200, max: 2_000 }) }),
      randomMoment(["opening", "opened", "accepted", "done", "done", "done", "settled"]),
    ),
    deed: fc.oneof(
      { weight: 5, arbitrary: fc.constant<Deed>({ kind: "host" }) },
      { weight: 1, arbitrary: fc.constant<Deed>({ kind: "terminate" }) },
    ),
  });
}

function randomMoment(events: readonly Moment["event"][]): fc.Arbitrary<Moment> {
  return fc.constantFrom(...events).chain((event) =>
    fc.record({
      event: fc.constant(event),
      count: fc.integer({ min: 1, max: { accepted: 3, done: 20 }[event as string] ?? 1 }),
      delayMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100 })),
    }),
  );
}

function tooMany({ deed }: Act, before: readonly Act[]): boolean {
  if (deed.kind !== "worker" && deed.kind !== "helper") return false;
  return before.filter((act) => act.deed.kind === deed.kind).length >= MOST_OF_A_KIND;
}
