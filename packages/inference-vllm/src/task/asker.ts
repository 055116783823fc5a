import type { EmbeddingWork, InferenceDetails, PromptWork, TaskOutcome, TokenUsage } from "@rhapsody/core";
import type { Fleet, Reply } from "../fleet/call.ts";
import { askAll, type AskAllControl } from "./ask-all.ts";
import type { Manner } from "./manner.ts";
import type { ParameterCheck } from "./parameter-check.ts";
import { readAnswer, readPiece, readUsage, readVectors, type Answer } from "./read-answer.ts";
import { isList, TEXTS_PER_CALL, toCalls, toEmbeddingCalls } from "./to-calls.ts";

/** What an {@link Asker} is made of. */
export interface AskerParts {
  readonly send: Fleet["send"];
  readonly parameters: ParameterCheck;
  /** How many calls servers take at a time. */
  readonly atATime: () => number;
}

/** How to follow and stop what is asked. */
export interface AskControl {
  readonly signal: AbortSignal;
  /** Called with each request that goes out. */
  readonly onStart?: (() => void) | undefined;
  /** Gets each piece of a streamed answer, with the index of its prompt; `undefined` for the only one. */
  readonly onText?: ((text: string, index: number | undefined) => void) | undefined;
}

/** Does the work of inference tasks: makes requests of it, sends them, and an outcome of their replies. */
export class Asker {
  readonly #parts: AskerParts;
  /** Lists under way. */
  #lists = 0;

  constructor(parts: AskerParts) {
    this.#parts = parts;
  }

  /**
   * Answers prompts.
   *
   * @throws `OptionsError` for options that do not hold; `InferenceError`; the signal's reason when it was aborted.
   */
  async prompt(work: PromptWork, manner: Manner, control: AskControl): Promise<TaskOutcome> {
    const calls = toCalls(work, manner);
    const { parameters } = { ...manner.defaults, ...work.sampling };
    const [first] = calls;
    if (first !== undefined && parameters !== undefined) await this.#parts.parameters.check(parameters, first.path);
    const several = isList(work.prompt);
    const started = new Stopwatch(control.onStart);
    const ask = (index: number, signal: AbortSignal): Promise<Reply> => {
      // There is a call for each index.
      const call = calls[index] as (typeof calls)[number];
      const onEvent = work.stream
        ? (event: Readonly<Record<string, unknown>>): boolean => {
            const text = readPiece(event);
            if (text === "") return false;
            started.piece();
            control.onText?.(text, several ? index : undefined);
            return true;
          }
        : undefined;
      return this.#parts.send(call, { signal, onEvent, onStart: started.begin });
    };
    const replies = await this.#askAll(calls.length, ask, { signal: control.signal });
    const answers = replies.map(readAnswer);
    const texts = answers.map(({ text }) => text);
    return {
      response: several ? texts : texts[0],
      ...usageOf(replies),
      inference: { ...detailsOf(answers), ...started.times(), replica: replicasOf(replies) },
    };
  }

  /** Makes vectors of texts. @throws as {@link Asker.prompt}. */
  async embed(work: EmbeddingWork, manner: Manner, control: AskControl): Promise<TaskOutcome> {
    const calls = toEmbeddingCalls(work, manner);
    await this.#parts.parameters.check(work.parameters, "embeddings");
    const started = new Stopwatch(control.onStart);
    const count = typeof work.input === "string" ? 1 : work.input.length;
    const ask = (index: number, signal: AbortSignal): Promise<Reply> =>
      this.#parts.send(calls[index] as (typeof calls)[number], { signal, onStart: started.begin });
    const nameOf = (index: number): string =>
      `one of the texts ${index * TEXTS_PER_CALL} to ${Math.min(count, (index + 1) * TEXTS_PER_CALL) - 1}`;
    const replies = await this.#askAll(calls.length, ask, { signal: control.signal, nameOf });
    const vectors = replies.flatMap((reply, index) =>
      readVectors(reply, Math.min(TEXTS_PER_CALL, count - index * TEXTS_PER_CALL)),
    );
    return {
      response: typeof work.input === "string" ? vectors[0] : vectors,
      ...usageOf(replies),
      inference: { ...started.times(), replica: replicasOf(replies) },
    };
  }

  /** Several lists share what servers take at a time: all their calls at once would be more than may wait. */
  async #askAll(
    count: number,
    ask: (index: number, signal: AbortSignal) => Promise<Reply>,
    control: AskAllControl,
  ): Promise<readonly Reply[]> {
    if (count === 1) return askAll(count, ask, control);
    this.#lists += 1;
    try {
      return await askAll(count, ask, { ...control, atATime: () => this.#parts.atATime() / this.#lists });
    } finally {
      this.#lists -= 1;
    }
  }
}

/** Times of a task's requests. */
class Stopwatch {
  readonly #onStart: (() => void) | undefined;
  #begun: number | undefined;
  #firstPiece: number | undefined;

  constructor(onStart: (() => void) | undefined) {
    this.#onStart = onStart;
  }

  /** A request goes out. */
  readonly begin = (): void => {
    this.#begun ??= performance.now();
    this.#onStart?.();
  };

  piece(): void {
    this.#firstPiece ??= performance.now();
  }

  times(): Pick<InferenceDetails, "latencyMs" | "timeToFirstTokenMs"> {
    const begun = this.#begun ?? performance.now();
    return {
      latencyMs: performance.now() - begun,
      ...(this.#firstPiece !== undefined && { timeToFirstTokenMs: this.#firstPiece - begun }),
    };
  }
}

function detailsOf(answers: readonly Answer[]): InferenceDetails {
  const reasons = answers.map(({ finishReason }) => finishReason).filter((reason) => reason !== undefined);
  return {
    ...(reasons.length === answers.length && { finishReasons: reasons }),
    ...(answers.some(({ reasoning }) => reasoning !== "") && { reasoning: answers.map(({ reasoning }) => reasoning) }),
    ...(answers.some(({ toolCalls }) => toolCalls.length > 0) && {
      toolCalls: answers.map(({ toolCalls }) => toolCalls),
    }),
    ...(answers.some(({ logprobs }) => logprobs !== undefined) && {
      logprobs: answers.map(({ logprobs }) => logprobs),
    }),
  };
}

/** The sum, when the server counted every answer. */
function usageOf(replies: readonly Reply[]): { readonly usage?: TokenUsage } {
  let [promptTokens, completionTokens] = [0, 0];
  for (const reply of replies) {
    const usage = readUsage(reply);
    if (usage === undefined) return {};
    promptTokens += usage.promptTokens;
    completionTokens += usage.completionTokens;
  }
  return { usage: { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens } };
}

function replicasOf(replies: readonly Reply[]): string {
  return [...new Set(replies.map(({ replica }) => replica))].join(", ");
}
