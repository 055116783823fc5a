import type { Comparison, Contender, ContenderSettings, Goal } from "../comparison.ts";

/** A contender of {@link compareRates}, with what is wanted of our rate divided by its rate. */
export interface Peer extends Omit<Contender, "settings"> {
  readonly goal?: Goal;
  /** Where it is told something else than the others. */
  readonly settings?: Partial<ContenderSettings>;
}

/** What {@link compareRates} compares. */
export interface RateComparison extends Pick<Comparison, "name" | "title"> {
  readonly settings: ContenderSettings;
  /** Path of our own program below `contenders/`. */
  readonly ours: string;
  readonly peers: readonly Peer[];
}

const OURS = "rhapsody";

/** A comparison of tasks per second: ours against each peer, all with the same settings. */
export function compareRates({ name, title, settings, ours, peers }: RateComparison): Comparison {
  const rateOf = (contender: string) => ({ contender, figure: "tasksPerSecond" });
  return {
    name,
    title,
    contenders: [
      { name: OURS, runtime: "node", program: ours, settings },
      ...peers.map(({ goal: _, settings: own, ...contender }) => ({ ...contender, settings: { ...settings, ...own } })),
    ],
    lines: peers.map((peer) => ({
      measured: rateOf(OURS),
      against: rateOf(peer.name),
      ...(peer.goal !== undefined && { goal: peer.goal }),
    })),
  };
}
