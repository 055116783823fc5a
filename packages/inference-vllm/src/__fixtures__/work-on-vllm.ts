/** What a real vLLM does and did for everybody, by its own counts. */
export interface WorkOnVllm {
  /** Requests under way. */
  readonly running: number;
  /** Answers of more than 5,000 tokens that were given to their end, as no test wants them: none that was aborted is counted. */
  readonly long: number;
}

/** Asks a server at `http://host:port/v1` for its counts. */
export async function workOnVllm(url: string): Promise<WorkOnVllm> {
  // They are of the latest step, which may have been long ago, with requests that have left since: this makes one more.
  const body = JSON.stringify({ model: "tiny", prompt: "y", max_tokens: 2 });
  await fetch(`${url}/completions`, { method: "POST", headers: { "content-type": "application/json" }, body });
  const metrics = await (await fetch(new URL("/metrics", url))).text();
  const count = (line: RegExp): number => Number(line.exec(metrics)?.[1]);
  return {
    running: count(/^vllm:num_requests_running\{.*\} (\S+)$/m),
    long:
      count(/^vllm:request_generation_tokens_count\{.*\} (\S+)$/m) -
      count(/^vllm:request_generation_tokens_bucket\{.*le="5000.0".*\} (\S+)$/m),
  };
}
