/** Options of this process that are about this process alone: what it evaluates, watches, tests, or listens on. */
const OWN_OPTIONS =
  /^--?(e|eval|p|pe|print|c|check|i|interactive|input-type|test|watch|run|inspect|debug|cpu-prof|heap-prof|prof|build-snapshot)\b/;

/** Those of them that are followed by a value of their own. */
const WITH_VALUE = /^--?(e|eval|p|pe|print|run|input-type|watch-path)$/;

/** The options of this process that a worker process is to have as well: loaders, conditions, limits, flags of V8. */
export function inheritedNodeOptions(execArgv: readonly string[]): string[] {
  const inherited: string[] = [];
  let skipNext = false;
  for (const option of execArgv) {
    const own = skipNext || OWN_OPTIONS.test(option);
    skipNext = !skipNext && WITH_VALUE.test(option);
    if (!own) inherited.push(option);
  }
  return inherited;
}
