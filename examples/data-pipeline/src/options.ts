import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

/** What the command line asks for. */
export interface PipelineOptions {
  /** How many programs read the data at the same time. */
  readonly shards: number;
  /** Absolute path of the directory for everything that the run writes. */
  readonly directory: string;
  /** True to print the help and do nothing. */
  readonly help: boolean;
}

export const HELP = `Usage: pnpm quickstart [--shards=N] [--directory=PATH]

  --shards=N         Programs that read the data at the same time, 1 to 64. Default: 4.
  --directory=PATH   Where to write tables, results.json and the chart. Default: a new one under examples/data-pipeline/runs.
  --help             This text.
`;

const MAX_SHARDS = 64;

/**
 * Reads the command line.
 *
 * @param workingDirectory - What a relative `--directory` is relative to.
 * @throws TypeError that says what is wrong and what would be right.
 */
export function parseOptions(commandLine: readonly string[], workingDirectory: string): PipelineOptions {
  // `pnpm quickstart -- --shards=8` hands the `--` on.
  const args = commandLine[0] === "--" ? commandLine.slice(1) : [...commandLine];
  const { values } = parseArgs({
    args,
    options: { shards: { type: "string" }, directory: { type: "string" }, help: { type: "boolean" } },
  });
  const { shards = "4", directory = newRunDirectory(), help = false } = values;
  if (!/^\d{1,2}$/.test(shards) || Number(shards) < 1 || Number(shards) > MAX_SHARDS) {
    throw new TypeError(`--shards must be a whole number from 1 to ${MAX_SHARDS}, not ${JSON.stringify(shards)}`);
  }
  if (directory === "") throw new TypeError("--directory must not be empty");
  return { shards: Number(shards), directory: resolve(workingDirectory, directory), help };
}

function newRunDirectory(): string {
  return join(import.meta.dirname, "../runs", new Date().toISOString().replaceAll(/[:.]/g, "-"));
}
