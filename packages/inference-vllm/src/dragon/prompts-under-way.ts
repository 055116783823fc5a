import type { TaskUpdate } from "@rhapsody/core";
import type { Call, CallControl, Reply } from "../fleet/call.ts";
import { InferenceError } from "../fleet/inference-error.ts";
import type { JsonObject } from "../fleet/read-json.ts";
import type { DragonPrompt } from "./to-prompt.ts";

/** Name of the service where servers have theirs. */
export const SERVICE = "dragon";

/** A prompt that the engine has, and who waits for its answer. */
export class PromptUnderWay {
  readonly uid: string;
  readonly call: Call;
  readonly prompt: DragonPrompt;
  readonly answered: Promise<Reply>;
  readonly #control: CallControl;
  readonly #settle: PromiseWithResolvers<Reply> = Promise.withResolvers();
  #sentAt = performance.now();
  #firstAt: number | undefined;

  /** @param uid - What names the prompt and its answer on the way; no other prompt of this opening has it. */
  constructor(
    uid: string,
    asked: { readonly call: Call; readonly prompt: DragonPrompt; readonly control: CallControl },
  ) {
    this.uid = uid;
    this.call = asked.call;
    this.prompt = asked.prompt;
    this.#control = asked.control;
    this.answered = this.#settle.promise;
    // Who waits hears of it; nobody has to.
    this.answered.catch(() => undefined);
  }

  /** It goes to the engine. */
  send(): void {
    this.#sentAt = performance.now();
    this.#control.onStart?.(SERVICE);
  }

  fail(error: unknown): void {
    this.#settle.reject(error);
  }

  /** Takes what the engine tells of it. */
  update(update: TaskUpdate): void {
    if (update.state === "RUNNING" || update.state === "CANCELED") return;
    this.#firstAt ??= performance.now();
    if (update.state === "OUTPUT") this.#tell(pieceOf(this.call, update.text));
    else if (update.state === "DONE") this.#end(update.returnValue as Answered);
    else
      this.fail(
        new InferenceError("INFERENCE_SERVER_ERROR", `Dragon's inference service: ${update.failure.message}`, {
          replica: SERVICE,
        }),
      );
  }

  #end(answered: Answered): void {
    const body = bodyOf(this.call, answered);
    // Asked for in pieces, and come in one.
    if (this.call.body["stream"] === true && !this.prompt.stream) this.#tell(pieceOf(this.call, answered.text));
    const now = performance.now();
    const [latencyMs, firstByteMs] = [now - this.#sentAt, (this.#firstAt ?? now) - this.#sentAt];
    this.#settle.resolve({ body, replica: answered.replica ?? SERVICE, tries: 1, latencyMs, firstByteMs });
  }

  #tell(event: JsonObject): void {
    this.#control.onEvent?.(event, JSON.stringify(event));
  }
}

/** What the engine gives for an answer (`asked.py`). */
interface Answered {
  readonly text: string;
  readonly finishReason: string | null;
  readonly usage: readonly [number, number] | null;
  readonly replica: string | null;
}

/** A whole answer in the protocol's form. What the service does not tell is `null`. */
function bodyOf({ path }: Call, { text, finishReason, usage }: Answered): JsonObject {
  const said = path === "completions" ? { text } : { message: { role: "assistant", content: text } };
  const [promptTokens, completionTokens] = usage ?? [];
  return {
    object: path === "completions" ? "text_completion" : "chat.completion",
    choices: [{ index: 0, ...said, finish_reason: finishReason }],
    ...(promptTokens !== undefined &&
      completionTokens !== undefined && {
        usage: {
          prompt_tokens: promptTokens,
          completion_tokens: completionTokens,
          total_tokens: promptTokens + completionTokens,
        },
      }),
  };
}

function pieceOf({ path }: Call, text: string): JsonObject {
  const said = path === "completions" ? { text } : { delta: { content: text } };
  return {
    object: path === "completions" ? "text_completion" : "chat.completion.chunk",
    choices: [{ index: 0, ...said, finish_reason: null }],
  };
}
