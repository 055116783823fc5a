import type { Comparison } from "./comparison.ts";
import { UPSTREAM } from "./upstream.ts";

/** What `--help` prints. */
export function helpText(comparisons: readonly Comparison[]): string {
  const width = Math.max(...comparisons.map(({ name }) => name.length));
  return `Measures RHAPSODY side by side with ${UPSTREAM} and with bare tools.

Usage: pnpm bench [options]

  --only <name>        only these comparisons: names or beginnings of names, with commas, or repeated
  --rounds <n>         turns of each contender; medians are printed (default 5)
  --scale <factor>     factor on the number of tasks, to try things out (default 1)
  --json <file>        write every sample and ratio to a file
  --without-upstream   leave upstream out; only comparisons on Dask need Python then
  --source             measure src instead of the built packages
  --help               print this

Comparisons:

${comparisons.map(({ name, title }) => `  ${name.padEnd(width)}  ${title}`).join("\n")}
`;
}
