import { hostname } from "node:os";
import type { TokenUsage } from "@rhapsody/core";
import { z } from "zod";
import type { PromptForm } from "../options/backend-options.ts";
import { LONGEST_MS } from "../options/duration.ts";
import { askAll } from "../task/ask-all.ts";
import { readAnswer, readUsage, type Answer } from "../task/read-answer.ts";
import type { Asked } from "./forward.ts";
import { badRequest, tooLate } from "./problem.ts";
import { toCall } from "./to-call.ts";

/** How long an answer may take when the request does not say, in seconds. */
const TIMEOUT_S = 300;

const alone = z.union([z.literal(1), z.null()], {
  error: "there is one answer for each prompt: repeat the prompt, or use /v1/completions",
});
const whole = z.union([z.literal(false), z.null()], {
  error: "answers come together: use /v1/chat/completions or /v1/completions for streams",
});
const schema = z.looseObject({
  prompts: z.array(z.string(), "must be a list of texts; one text is `prompt`").min(1, "must have a prompt").optional(),
  prompt: z.string().optional(),
  timeout: z
    .number()
    .positive()
    .max(LONGEST_MS / 1000, "must be at most 2147483 s (24 days)")
    .default(TIMEOUT_S),
  n: alone.optional(),
  best_of: alone.optional(),
  stream: whole.optional(),
});

/**
 * `POST /generate`, as RHAPSODY in Python has it: `{ prompts, timeout? }` or `{ prompt }`, with `model` and any sampling parameter of the server beside it.
 * Answers `{ results }` in the order of the prompts; one that fails fails the request.
 */
export async function generate({ exchange, route, content, fleet, metrics }: Asked, form: PromptForm): Promise<void> {
  const { prompts, parameters, timeout } = read(content.body);
  const startedAt = performance.now();
  const late = AbortSignal.timeout(timeout * 1000);
  const ask = async (index: number, signal: AbortSignal): Promise<Generated> => {
    const prompt = prompts[index];
    const path = form === "chat" ? "chat/completions" : "completions";
    const body = {
      ...parameters,
      ...(form === "chat" ? { messages: [{ role: "user", content: prompt }] } : { prompt }),
    };
    const reply = await fleet.send(toCall(path, { body }, exchange.client), { signal });
    metrics.reply(route, reply);
    return { ...readAnswer(reply), usage: readUsage(reply) };
  };
  try {
    const answers = await askAll(prompts.length, ask, { signal: AbortSignal.any([exchange.signal, late]) });
    const seconds = (performance.now() - startedAt) / 1000;
    exchange.json({
      status: "success",
      hostname: hostname(),
      results: answers.map(({ text }) => text),
      finish_reasons: answers.map(({ finishReason = null }) => finishReason),
      usage: sum(answers.map(({ usage }) => usage)),
      num_prompts: prompts.length,
      total_time: seconds,
      avg_time_per_prompt: seconds / prompts.length,
    });
  } catch (error) {
    if (!late.aborted || exchange.signal.aborted) throw error;
    throw tooLate(
      `no answer to all ${prompts.length} prompts in ${timeout} s: send fewer at a time, or raise \`timeout\``,
    );
  }
}

/** What came of one prompt. */
interface Generated extends Answer {
  readonly usage: TokenUsage | undefined;
}

function read(body: unknown): {
  readonly prompts: readonly string[];
  readonly parameters: object;
  readonly timeout: number;
} {
  const result = schema.safeParse(body);
  if (!result.success) throw badRequest(z.prettifyError(result.error), result.error.issues[0]?.path.join("."));
  const { prompts, prompt, timeout, ...parameters } = result.data;
  if ((prompts === undefined) === (prompt === undefined))
    throw badRequest("give either `prompts`, a list, or `prompt`", "prompts");
  return { prompts: prompts ?? [prompt ?? ""], parameters, timeout };
}

/** Tokens of all answers; `null` unless the servers counted each. */
function sum(usages: readonly (TokenUsage | undefined)[]): object | null {
  const total = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  for (const usage of usages) {
    if (usage === undefined) return null;
    total.prompt_tokens += usage.promptTokens;
    total.completion_tokens += usage.completionTokens;
    total.total_tokens += usage.totalTokens;
  }
  return total;
}
