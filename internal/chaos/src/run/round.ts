import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { journaledTasks, type Journaled } from "../check/journaled.ts";
import { violationsOf } from "../check/violations.ts";
import type { Graph } from "../graph/graph.ts";
import { randomGraph } from "../graph/random-graph.ts";
import { placesIn } from "../host/settings.ts";
import { makeDisk, type Disk } from "../kill/disk.ts";
import { randomPlan, type Plan } from "../kill/plan.ts";
import { live, type Life } from "./life.ts";

/** Further lives after the last that the plan has, for those in which a host that was asked to leave did so. */
const SPARE_LIVES = 2;

/** A campaign from its first process to the one that ends by itself, and what was seen of it. */
export interface Round {
  readonly seed: number;
  readonly directory: string;
  readonly graph: Graph;
  readonly plan: Plan;
  readonly disk: Disk["kind"];
  readonly lives: readonly Life[];
  readonly ledger: string;
  readonly journaled: readonly Journaled[] | Error;
  /** What must not be; empty when all is well. */
  readonly violations: readonly string[];
}

/** Runs the campaign of a seed in a directory of its own. */
export async function runRound(seed: number, parent: string): Promise<Round> {
  const [graph, plan, picks] =
    fc.sample(
      fc.tuple(
        randomGraph,
        randomPlan,
        fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      ),
      { seed, numRuns: 1 },
    )[0] ?? never();
  const directory = join(parent, `seed-${seed}`);
  const places = placesIn(directory);
  mkdirSync(places.workDir, { recursive: true });
  writeFileSync(places.graph, JSON.stringify(graph, undefined, 1));
  writeFileSync(join(directory, "plan.json"), JSON.stringify(plan, undefined, 1));
  const disk = makeDisk(join(directory, "disk"));
  const pick = (count: number): number => Math.floor(Number(picks.next().value) * count);
  const round = `${process.pid}.${seed}`;
  const lives: Life[] = [];
  for (const acts of [...plan, ...Array.from({ length: SPARE_LIVES }, () => [])]) {
    const life = await live({ directory, round, number: lives.length + 1, ledger: places.ledger, disk, acts, pick });
    lives.push(life);
    if (!life.ended || life.hung) break;
  }
  const ledger = readFileSync(places.ledger, "utf8");
  const journaled = await journaledTasks(places.journal);
  const seen = { seed, directory, graph, plan, disk: disk.kind, lives, ledger, journaled };
  const violations = violationsOf(seen);
  // What is wrong can be looked into.
  disk.remove(violations.length > 0);
  return { ...seen, violations };
}

function never(): never {
  throw new Error("fast-check gave no sample");
}
