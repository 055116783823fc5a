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

/** Whether the host is to kill itself: nobody else can do it at once after it told of something. */
export function isSuicide({ moment, deed }: Act): boolean {
  return deed.kind === "host" && moment.delayMs === 0 && moment.event !== "start";
}

/** What is done to each process of a campaign. Nothing ends the last one before its time. */
export type Plan = readonly (readonly Act[])[];

/** Most workers and helpers that are killed in one life: fewer than what makes a task suspicious. */
const MOST_OF_A_KIND = 2;

const DAY_MS = 86_400_000;

/** Plans for 2 to 6 lives. */
export const randomPlan: fc.Arbitrary<Plan> = fc
  .tuple(fc.array(fc.tuple(randomNuisances(), randomEnd()), { minLength: 1, maxLength: 5 }), randomNuisances())
  .map(([lives, last]) => [...lives.map(([nuisances, end]) => [...nuisances, end]), last]);

function randomNuisances(): fc.Arbitrary<readonly Act[]> {
  const deed = fc.oneof(
    { weight: 6, arbitrary: fc.constant<Deed>({ kind: "program" }) },
    { weight: 5, arbitrary: fc.constant<Deed>({ kind: "worker" }) },
    { weight: 2, arbitrary: fc.constant<Deed>({ kind: "helper" }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("pause" as const), ms: between(10, 300) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("jump" as const), ms: between(-DAY_MS, DAY_MS) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("fill" as const), ms: between(50, 800) }) },
  );
  const moment = fc.oneof(
    { weight: 1, arbitrary: moments("opening", 1, 200) },
    { weight: 3, arbitrary: moments("accepted", 3, 1_000) },
    { weight: 3, arbitrary: moments("done", 40, 200) },
    { weight: 3, arbitrary: moments("state", 120, 5) },
  );
  return fc
    .array(fc.record({ moment, deed }), { minLength: 4, maxLength: 12 })
    .map((acts) => acts.filter((act, index) => !tooMany(act, acts.slice(0, index))));
}

/** The end of a life: at any instant, or right where it hurts. */
function randomEnd(): fc.Arbitrary<Act> {
  const moment = fc.oneof(
    moments("start", 1, 2_500),
    // While the journal is read.
    moments("opening", 1, 300),
    moments("opened", 1, 20),
    // Right when it says so.
    moments("accepted", 3, 0),
    moments("state", 120, 0),
    moments("done", 30, 0),
    moments("done", 30, 0),
    // While results are written.
    moments("done", 30, 60),
    // While the session closes.
    moments("settled", 1, 60),
  );
  const deed = fc.oneof(
    { weight: 4, arbitrary: fc.constant<Deed>({ kind: "host" }) },
    { weight: 1, arbitrary: fc.constant<Deed>({ kind: "terminate" }) },
  );
  return fc.record({ moment, deed });
}

function moments(event: Moment["event"], mostTimes: number, mostMs: number): fc.Arbitrary<Moment> {
  return fc.record({ event: fc.constant(event), count: between(1, mostTimes), delayMs: between(0, mostMs) });
}

/** Each number as likely as the others, where `fc.integer` prefers those at the ends. */
function between(min: number, max: number): fc.Arbitrary<number> {
  return fc.noBias(fc.integer({ min, max }));
}

function tooMany({ deed }: Act, before: readonly Act[]): boolean {
  if (deed.kind !== "worker" && deed.kind !== "helper") return false;
  return before.filter((act) => act.deed.kind === deed.kind).length >= MOST_OF_A_KIND;
}
