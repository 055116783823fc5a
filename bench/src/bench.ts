import { writeFile } from "node:fs/promises";
import { enginePython } from "@rhapsody-internal/engines";
import type { Comparison } from "./comparison.ts";
import type { BenchOptions } from "./options.ts";
import { formatLine } from "./report/format.ts";
import { describeMachine } from "./report/machine.ts";
import { Progress } from "./report/progress.ts";
import { runContender, type Runtimes } from "./run/contender-process.ts";
import { runComparison, type Outcome } from "./run/run-comparison.ts";
import { selectComparisons } from "./run/select.ts";
import { startEngine } from "./run/start-engine.ts";
import { UPSTREAM } from "./upstream.ts";

/** Runs comparisons and prints their lines as they come. Resolves to whether every contender ran, goals apart. */
export async function bench(comparisons: readonly Comparison[], options: BenchOptions): Promise<boolean> {
  const progress = new Progress();
  const machine = describeMachine();
  const selected = selectComparisons(comparisons, options);
  const runtimes = await prepare(selected, options, progress);
  console.log(
    `${machine.cores} × ${machine.cpu}, ${machine.system}, node ${machine.node}, load ${machine.load.toFixed(1)}`,
  );
  console.log(`medians of ${options.rounds} rounds; upstream is ${UPSTREAM}\n`);
  const outcomes: Outcome[] = [];
  for (const comparison of selected) {
    try {
      const outcome = await runRounds(comparison, { runtimes, rounds: options.rounds, progress });
      console.log([`${comparison.name}: ${comparison.title}`, ...outcome.lines.map(formatLine), ""].join("\n"));
      outcomes.push(outcome);
    } catch (error) {
      progress.clear();
      console.log(`${comparison.name}: failed\n${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  console.log(summarise(outcomes, selected.length));
  if (options.json !== undefined) {
    await writeFile(options.json, `${JSON.stringify({ machine, upstream: UPSTREAM, options, outcomes }, null, 2)}\n`);
  }
  return outcomes.length === selected.length;
}

async function prepare(selected: readonly Comparison[], options: BenchOptions, progress: Progress): Promise<Runtimes> {
  const needed = selected.some(({ contenders }) => contenders.some(({ runtime }) => runtime === "upstream"));
  const upstream = needed ? await enginePython("upstream", { progress: (text) => progress.show(text) }) : undefined;
  progress.clear();
  return { upstream, nodeFlags: options.source ? ["--conditions=@rhapsody/source"] : [] };
}

interface Run {
  readonly runtimes: Runtimes;
  readonly rounds: number;
  readonly progress: Progress;
}

async function runRounds(comparison: Comparison, { runtimes, rounds, progress }: Run): Promise<Outcome> {
  await using engine = await startEngine(comparison, runtimes.upstream === undefined ? "dask" : "upstream");
  const outcome = await runComparison(comparison, {
    rounds,
    run: (contender, round) => {
      progress.show(`${comparison.name}: round ${round + 1} of ${rounds}, ${contender.name}`);
      return runContender(contender, { ...runtimes, engine: engine.settings });
    },
  });
  progress.clear();
  return outcome;
}

function summarise(outcomes: readonly Outcome[], selected: number): string {
  const goals = outcomes.flatMap(({ lines }) => lines.flatMap(({ reached }) => reached ?? []));
  const reached = goals.filter(Boolean).length;
  const failed = selected - outcomes.length;
  return `${reached} of ${goals.length} goals reached${failed > 0 ? `, ${failed} comparisons failed` : ""}`;
}
