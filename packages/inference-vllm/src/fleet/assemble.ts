import { isObject, objectsIn, type JsonObject } from "./read-json.ts";

/** One choice of an answer, while its pieces come. */
interface Choice {
  index: number;
  text: string;
  role: string | undefined;
  finishReason: unknown;
  reasoning: string;
  readonly toolCalls: Map<number, ToolCall>;
  readonly logprobs: unknown[];
  readonly rest: Record<string, unknown>;
}

/** Fields of a choice that are put together; of others the latest counts. */
const joined: ReadonlySet<string> = new Set(["index", "delta", "text", "finish_reason", "logprobs"]);

interface ToolCall {
  id: unknown;
  type: unknown;
  name: string;
  arguments: string;
}

/** Puts the events of a streamed answer together in the form of a plain one, so that both are read alike. */
export class Assembly {
  readonly #choices = new Map<number, Choice>();
  #chat = false;
  #head: JsonObject | undefined;
  #usage: unknown;

  /** True when no choice is without its end, and there is one. */
  get complete(): boolean {
    return (
      this.#choices.size > 0 && [...this.#choices.values()].every(({ finishReason }) => finishReason !== undefined)
    );
  }

  add(event: JsonObject): void {
    this.#head ??= withoutAnswer(event);
    const { choices, usage } = event;
    // With the last event, or with every one, then growing.
    if (isObject(usage)) this.#usage = usage;
    for (const choice of objectsIn(choices)) this.#addChoice(choice);
  }

  /** The answer as a plain response has it. */
  body(): JsonObject {
    const choices = [...this.#choices.values()]
      .toSorted((a, b) => a.index - b.index)
      .map((choice) => this.#build(choice));
    const { object, ...head } = this.#head ?? {};
    const name = typeof object === "string" ? object.replace(/\.chunk$/, "") : undefined;
    return {
      ...head,
      ...(name !== undefined && { object: name }),
      choices,
      ...(this.#usage !== undefined && { usage: this.#usage }),
    };
  }

  #addChoice(event: JsonObject): void {
    const { index, delta, text, finish_reason: finishReason, logprobs } = event;
    const choice = this.#choice(typeof index === "number" ? index : 0);
    for (const name in event) if (!joined.has(name)) choice.rest[name] = event[name];
    if (finishReason != null) choice.finishReason = finishReason;
    if (logprobs != null) choice.logprobs.push(logprobs);
    if (typeof text === "string") choice.text += text;
    if (!isObject(delta)) return;
    this.#chat = true;
    if (typeof delta["role"] === "string") choice.role = delta["role"];
    if (typeof delta["content"] === "string") choice.text += delta["content"];
    const reasoning = delta["reasoning_content"] ?? delta["reasoning"];
    if (typeof reasoning === "string") choice.reasoning += reasoning;
    for (const call of objectsIn(delta["tool_calls"])) addToolCall(choice.toolCalls, call);
  }

  #choice(index: number): Choice {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      const empty = { text: "", role: undefined, finishReason: undefined, reasoning: "" };
      choice = { index, ...empty, toolCalls: new Map(), logprobs: [], rest: {} };
      this.#choices.set(index, choice);
    }
    return choice;
  }

  #build({ index, text, role, finishReason, reasoning, toolCalls, logprobs, rest }: Choice): JsonObject {
    const common = { ...rest, index, finish_reason: finishReason ?? null, logprobs: joinLogprobs(logprobs) };
    if (!this.#chat) return { ...common, text };
    const calls = [...toolCalls.values()].map(({ id, type, name, arguments: given }) => ({
      id,
      type: type ?? "function",
      function: { name, arguments: given },
    }));
    const message = {
      role: role ?? "assistant",
      content: text === "" && calls.length > 0 ? null : text,
      ...(reasoning !== "" && { reasoning_content: reasoning }),
      ...(calls.length > 0 && { tool_calls: calls }),
    };
    return { ...common, message };
  }
}

function withoutAnswer({ choices: _, usage: _usage, ...head }: JsonObject): JsonObject {
  return head;
}

/** A tool call comes in pieces too: its id and name first, then its arguments as a growing text. */
function addToolCall(calls: Map<number, ToolCall>, { index, id, type, function: called }: JsonObject): void {
  const key = typeof index === "number" ? index : calls.size;
  const call = calls.get(key) ?? { id: undefined, type: undefined, name: "", arguments: "" };
  calls.set(key, call);
  if (id != null) call.id = id;
  if (type != null) call.type = type;
  if (!isObject(called)) return;
  if (typeof called["name"] === "string") call.name += called["name"];
  if (typeof called["arguments"] === "string") call.arguments += called["arguments"];
}

/** Lists within the pieces are continued, as both forms of log probabilities have them. */
function joinLogprobs(pieces: readonly unknown[]): unknown {
  if (pieces.length === 0) return null;
  const joined: Record<string, unknown> = {};
  const lists = new Map<string, unknown[]>();
  for (const piece of pieces.filter(isObject)) {
    for (const [key, value] of Object.entries(piece)) {
      const list = lists.get(key);
      if (!Array.isArray(value)) joined[key] = value;
      else if (list === undefined) lists.set(key, [...(value as readonly unknown[])]);
      else for (const one of value as readonly unknown[]) list.push(one);
    }
  }
  return { ...joined, ...Object.fromEntries(lists) };
}
