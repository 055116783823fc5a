/** How the answers to a prompt came about. What the server does not tell is absent; lists have one entry for each answer, in order. */
export interface InferenceDetails {
  /** Why the model stopped, in the protocol's words: `stop`, `length` (`maxTokens` was reached), `tool_calls`. */
  readonly finishReasons?: readonly string[];
  /** What a model that reasons thought before it answered, where the server tells that apart; an empty text for an answer without. */
  readonly reasoning?: readonly string[];
  /** Functions that the model wants to have called, as the protocol has them; an empty list for an answer without. */
  readonly toolCalls?: readonly (readonly ToolCall[])[];
  /** Log probabilities of the tokens, as the protocol has them. */
  readonly logprobs?: readonly unknown[];
  /** Time between the request and the whole answer, in milliseconds. */
  readonly latencyMs?: number;
  /** Time between the request and the first piece of the answer, in milliseconds; of streamed answers. */
  readonly timeToFirstTokenMs?: number;
  /** Which server of several answered. */
  readonly replica?: string;
}

/** A function that a model wants to have called, in the form of the chat completions protocol. */
export interface ToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: {
    readonly name: string;
    /** JSON, as the model wrote it: check it before use. */
    readonly arguments: string;
  };
}
