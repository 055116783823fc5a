import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface BenchOptions {
  readonly help: boolean;
  /** Comparisons to run, by name or beginning of a name; all when empty. */
  readonly only: readonly string[];
  /** Turns of each contender. */
  readonly rounds: number;
  /** Factor on the number of tasks. */
  readonly scale: number;
  /** File that gets all samples and ratios as JSON. */
  readonly json: string | undefined;
  readonly upstream: boolean;
  /** True to measure `src` instead of the built packages. */
  readonly source: boolean;
}

/** The command line cannot be followed; the message says why. */
export class UsageError extends Error {
  static {
    this.prototype.name = "UsageError";
  }
}

/**
 * Reads the command line.
 *
 * @throws {@link UsageError} for an unknown option, a value that is out of range, or a comparison that there is not.
 */
export function parseOptions(args: readonly string[], comparisonNames: readonly string[]): BenchOptions {
  const values = parseFlags(args);
  const only = values.only.flatMap((names) => names.split(",")).filter((name) => name !== "");
  for (const start of only) {
    if (comparisonNames.some((name) => name.startsWith(start))) continue;
    throw new UsageError(`no comparison is named ${start}; there are ${comparisonNames.join(", ")}`);
  }
  return {
    help: values.help,
    only,
    rounds: positive("--rounds", values.rounds, Number.isInteger),
    scale: positive("--scale", values.scale, Number.isFinite),
    json: values.json,
    upstream: !values["without-upstream"],
    source: values.source,
  };
}

function parseFlags(args: readonly string[]): Flags {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h", default: false },
        only: { type: "string", multiple: true, default: [] },
        rounds: { type: "string", default: "5" },
        scale: { type: "string", default: "1" },
        json: { type: "string" },
        "without-upstream": { type: "boolean", default: false },
        source: { type: "boolean", default: false },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

interface Flags {
  readonly help: boolean;
  readonly only: readonly string[];
  readonly rounds: string;
  readonly scale: string;
  readonly json?: string | undefined;
  readonly "without-upstream": boolean;
  readonly source: boolean;
}

function positive(option: string, text: string, passes: (value: number) => boolean): number {
  const value = Number(text);
  if (value > 0 && passes(value)) return value;
  throw new UsageError(
    `${option} must be a positive number${passes === Number.isInteger ? " without decimals" : ""}, not ${text}`,
  );
}
