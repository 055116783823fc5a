import { createParser, type EventSourceParser } from "eventsource-parser";
import { Assembly } from "./assemble.ts";
import type { CallControl } from "./call.ts";
import { classifyAnswer, interrupted, malformed, messageIn, type Refusal } from "./classify.ts";
import { isObject, readObject, type JsonObject } from "./read-json.ts";

/** What takes the events of a streamed answer. */
export type OnEvent = NonNullable<CallControl["onEvent"]>;

/** What a generation that did not come to its own end has as its reason: vLLM 0.32 says so when it is shut down. */
const ABORTED = "abort";

/** Older versions of vLLM tell of the end of their engine with the code of a bad request. */
const ENGINE = /engine/i;

/** True for an answer, or a piece of one, whose generation did not come to its own end. */
export function wasAborted({ choices }: JsonObject): boolean {
  if (!Array.isArray(choices)) return false;
  for (const choice of choices as readonly JsonObject[]) if (choice["finish_reason"] === ABORTED) return true;
  return false;
}

/** Reads a streamed answer while it comes. */
export class EventReader {
  readonly #replica: string;
  readonly #onEvent: OnEvent;
  readonly #assembly = new Assembly();
  readonly #decoder = new TextDecoder();
  readonly #parser: EventSourceParser = createParser({ onEvent: ({ data }) => this.#read(data) });
  #failure: Refusal | undefined;
  #ended = false;
  #taken: unknown;

  constructor(replica: string, onEvent: OnEvent) {
    this.#replica = replica;
    this.#onEvent = onEvent;
  }

  /** Takes a piece: gives a promise when more is not wanted yet, `false` when more is not wanted at all. */
  feed(chunk: Uint8Array): Promise<unknown> | false | undefined {
    this.#taken = undefined;
    this.#parser.feed(this.#decoder.decode(chunk, { stream: true }));
    // Some servers keep the stream open after its `[DONE]`.
    if (this.#failure !== undefined || this.#ended) return false;
    return this.#taken instanceof Promise ? this.#taken : undefined;
  }

  /** The whole answer, or why there is none. */
  end(): { readonly body: JsonObject } | { readonly refusal: Refusal } {
    if (this.#failure === undefined && !this.#ended && !this.#assembly.complete)
      this.#failure = interrupted(this.#replica, "the stream ended before the answer did");
    return this.#failure === undefined ? { body: this.#assembly.body() } : { refusal: this.#failure };
  }

  #read(data: string): void {
    if (this.#failure !== undefined || this.#ended) return;
    if (data === "[DONE]") {
      this.#ended = true;
      return;
    }
    const event = readObject(data);
    if (event === undefined) this.#failure = malformed(this.#replica, "an event is no JSON object", data);
    else if (event["error"] != null) this.#failure = this.#failureAmongEvents(data);
    else if (wasAborted(event)) this.#failure = interrupted(this.#replica, "the server ended the generation");
    else {
      this.#assembly.add(event);
      this.#taken = this.#onEvent(event, data);
    }
  }

  /** vLLM tells a crash of its engine as an event of a stream that began well, followed by `[DONE]`; SGLang refuses requests so, too. */
  #failureAmongEvents(data: string): Refusal {
    const said = readObject(data)?.["error"];
    const status = isObject(said) && typeof said["code"] === "number" ? said["code"] : 500;
    const refusal = classifyAnswer({ status, text: data, replica: this.#replica });
    const refused = status >= 400 && status < 500 && !ENGINE.test(refusal.error.message);
    return refused ? refusal : interrupted(this.#replica, messageIn(data) ?? "the server failed");
  }
}
