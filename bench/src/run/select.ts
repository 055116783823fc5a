import type { Comparison } from "../comparison.ts";

/** Changes to the comparisons that the command line asks for. */
export interface Selection {
  /** Names of comparisons, or beginnings of names; all when empty. */
  readonly only: readonly string[];
  /** Factor on the number of tasks. */
  readonly scale: number;
  /** False to leave out upstream, and the lines that need it. */
  readonly upstream: boolean;
}

/** The comparisons to run. */
export function selectComparisons(
  all: readonly Comparison[],
  { only, scale, upstream }: Selection,
): readonly Comparison[] {
  const wanted = only.length === 0 ? all : all.filter(({ name }) => only.some((start) => name.startsWith(start)));
  const scaled = wanted.map((comparison) => scaleComparison(comparison, scale));
  return upstream ? scaled : scaled.map(withoutUpstream);
}

function scaleComparison(comparison: Comparison, scale: number): Comparison {
  const contenders = comparison.contenders.map((contender) => {
    const { tasks, warmUp, ...rest } = contender.settings;
    const scaled = {
      tasks: scaleCount(tasks, scale),
      ...(warmUp !== undefined && { warmUp: scaleCount(warmUp, scale) }),
    };
    return { ...contender, settings: { ...rest, ...scaled } };
  });
  return { ...comparison, contenders };
}

function scaleCount(count: number, scale: number): number {
  return Math.max(1, Math.round(count * scale));
}

function withoutUpstream(comparison: Comparison): Comparison {
  const contenders = comparison.contenders.filter(({ runtime }) => runtime !== "upstream");
  const names = new Set(contenders.map(({ name }) => name));
  const lines = comparison.lines.filter(({ against }) => "value" in against || names.has(against.contender));
  return { ...comparison, contenders, lines };
}
