/** How many checks a step made and how they ended. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What a step reports when it ends. */
export interface StepOutcome {
  readonly tally: Tally;
  /** Shown when something failed. */
  readonly output: string;
}

/** One gate: a name, and the work that decides whether the tree may pass. */
export interface Step {
  readonly name: string;
  /** Names of earlier steps without whose success this one can only repeat their failure. */
  readonly needs?: readonly string[];
  /** @param log - Prints a line at once, for steps that take long enough to make one wonder. */
  run(log: (line: string) => void): Promise<StepOutcome>;
}

/** The tally of a gate that is one check: it passed or it did not. */
export function oneCheck(passed: boolean): Tally {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}
