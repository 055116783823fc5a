import type { Comparison, Contender, Limit, Line, Measured, Sample } from "../comparison.ts";
import { median } from "./median.ts";

/** What a comparison came to. */
export interface Outcome {
  readonly name: string;
  readonly title: string;
  readonly lines: readonly LineOutcome[];
  /** Every sample of every contender, in the order in which they were taken. */
  readonly samples: Readonly<Record<string, readonly Sample[]>>;
}

/** A line with its numbers. */
export interface LineOutcome {
  readonly line: Line;
  /** Medians over the rounds. */
  readonly measured: number;
  readonly against: number;
  /** Median of the ratios of single rounds: what slows one round down slows both of its sides. */
  readonly ratio: number;
  /** Smallest and largest ratio of a single round. */
  readonly range: readonly [number, number];
  /** Absent without a goal. */
  readonly reached?: boolean;
}

/** How often, and how one contender is run. */
export interface Rounds {
  readonly rounds: number;
  readonly run: (contender: Contender, round: number) => Promise<Sample>;
}

/**
 * Lets the contenders take turns, each round beginning with another one, and compares them.
 *
 * @throws whatever the run of a contender throws.
 */
export async function runComparison(comparison: Comparison, { rounds, run }: Rounds): Promise<Outcome> {
  const { name, title, contenders, lines } = comparison;
  const samples: Record<string, Sample[]> = Object.fromEntries(contenders.map((contender) => [contender.name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % contenders.length;
    for (const contender of [...contenders.slice(first), ...contenders.slice(0, first)]) {
      samples[contender.name]?.push(await run(contender, round));
    }
  }
  return { name, title, lines: lines.map((line) => evaluate(line, samples)), samples };
}

function evaluate(line: Line, samples: Outcome["samples"]): LineOutcome {
  const measured = valuesOf(line.measured, samples);
  const against = valuesOf(line.against, samples);
  const ratios = measured.map((value, round) => value / (against[round] ?? against[0] ?? NaN));
  const ratio = median(ratios);
  return {
    line,
    measured: median(measured),
    against: median(against),
    ratio,
    range: [Math.min(...ratios), Math.max(...ratios)],
    ...(line.goal !== undefined && { reached: isReached(line.goal, ratio) }),
  };
}

function valuesOf(side: Measured | Limit, samples: Outcome["samples"]): readonly number[] {
  if ("value" in side) return [side.value];
  return (samples[side.contender] ?? []).map((sample) => sample[side.figure] ?? NaN);
}

function isReached(goal: NonNullable<Line["goal"]>, ratio: number): boolean {
  return "atLeast" in goal ? ratio >= goal.atLeast : ratio <= goal.atMost;
}
