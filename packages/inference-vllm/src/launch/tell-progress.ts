/** What lines of vLLM's log mean to people, as of vLLM 0.32. */
const STEPS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/Resolved architecture: (\S+)/, ([, name]) => `the model is a ${name}`],
  [/Initializing a V1 LLM engine/, () => "starting the engine"],
  [/Starting to load model/, () => "loading the model"],
  [/Downloading.*?(\d+%)/, ([, share]) => `downloading the model, ${share}`],
  [/Loading .*checkpoint shards:\s+(\d+%)/, ([, share]) => `loading weights, ${share}`],
  [/Loading weights took ([\d.]+) seconds/, ([, seconds]) => `weights loaded in ${seconds} s`],
  [/torch\.compile takes ([\d.]+) s|Dynamo bytecode transform/, () => "compiling the model"],
  [/[CG]PU KV cache size: ([\d,]+) tokens/, ([, tokens]) => `cache for ${tokens} tokens`],
  [/Capturing CUDA graphs?.*?(\d+%)/i, ([, share]) => `capturing CUDA graphs, ${share}`],
  [/Starting vLLM (?:API )?server/, () => "starting the HTTP server"],
];

/** What a line of the log tells people who wait for a server; `undefined` when it is not for them. */
export function toProgress(line: string): string | undefined {
  for (const [pattern, say] of STEPS) {
    const match = pattern.exec(line);
    if (match !== null) return say(match);
  }
  return undefined;
}
