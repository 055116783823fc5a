import { bench } from "./bench.ts";
import { comparisons } from "./comparisons/index.ts";
import { helpText } from "./help.ts";
import { parseOptions, UsageError } from "./options.ts";

try {
  const names = comparisons.map(({ name }) => name);
  const options = parseOptions(process.argv.slice(2), names);
  if (options.help) console.log(helpText(comparisons));
  else process.exitCode = (await bench(comparisons, options)) ? 0 : 1;
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof UsageError ? "\nSee pnpm bench --help." : "";
  console.error(`bench: ${message}${hint}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
