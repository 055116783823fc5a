/** Arguments of `vllm serve` that options of ours give. */
const OWNED: ReadonlyMap<string, string> = new Map([
  ["api-key", "would be there for others to read: use the option apiKey"],
  ["config", "is given by the option configFile"],
  ["host", "is given by the option host"],
  ["port", "is given by the option port"],
  ["tensor-parallel-size", "is given by the option tpSize"],
  ["tp", "is given by the option tpSize"],
]);

/** What is wrong with an argument that only options of ours may give, by its name without dashes before it; `undefined` for any other. */
export function refuseOwned(name: string): string | undefined {
  return OWNED.get(name.replaceAll("_", "-")) ?? refuseElsewhere(name);
}

/** What is wrong with an argument that makes a server answer where nobody asks; `undefined` for any other. */
export function refuseElsewhere(name: string): string | undefined {
  if (!/^(?:uds$|ssl[-_])/.test(name)) return undefined;
  return "is not possible: servers are asked by plain HTTP, at their host and port";
}
