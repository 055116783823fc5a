import type { Call, CallControl, Fleet, Reply } from "../fleet/call.ts";
import { InferenceError, type InferenceErrorCode } from "../fleet/inference-error.ts";
import { objectsIn, type JsonObject } from "../fleet/read-json.ts";

/** One of the calls that go together. */
interface Member {
  readonly call: Call;
  readonly control: CallControl;
  readonly reply: PromiseWithResolvers<Reply>;
}

/** Refusals of a list that need not hold for each of its prompts: one of them is too long or odd; vLLM refuses a list whole that is longer than its queue has room. */
const ofTheList: readonly InferenceErrorCode[] = [
  "INFERENCE_BAD_REQUEST",
  "INFERENCE_CONTEXT_OVERFLOW",
  "INFERENCE_OVERLOADED",
];

/**
 * Calls that differ in their prompts only and go out as one, a list. When the server refuses it, or one of them is cancelled while it is under way, they are sent again one by
 * one: nobody pays for another's mistake, and what was cancelled is gone from the server.
 */
export class Batch {
  readonly #send: Fleet["send"];
  readonly #members = new Set<Member>();
  readonly #split = new AbortController();
  #gone = false;

  constructor(send: Fleet["send"]) {
    this.#send = send;
  }

  get size(): number {
    return this.#members.size;
  }

  /** Takes a call, before {@link go}; resolves with its own reply. */
  async add(call: Call, control: CallControl): Promise<Reply> {
    const { signal } = control;
    signal?.throwIfAborted();
    const member: Member = { call, control, reply: Promise.withResolvers<Reply>() };
    this.#members.add(member);
    const leave = (): void => {
      this.#members.delete(member);
      if (this.#gone) this.#split.abort();
      member.reply.reject(signal?.reason);
    };
    signal?.addEventListener("abort", leave, { once: true });
    try {
      return await member.reply.promise;
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  }

  /** Sends what it has; does nothing the second time. */
  go(): void {
    if (this.#gone) return;
    this.#gone = true;
    void this.#run([...this.#members]);
  }

  async #run(members: readonly Member[]): Promise<void> {
    const [first] = members;
    if (first === undefined) return;
    if (members.length === 1) return this.#oneByOne();
    try {
      const onStart = (replica: string): void => members.forEach(({ control }) => control.onStart?.(replica));
      const reply = await this.#send(toList(first.call, members), { signal: this.#split.signal, onStart });
      const choices = new Map(objectsIn(reply.body["choices"]).map((choice) => [choice["index"], choice]));
      members.forEach((member, index) => member.reply.resolve(toReply(reply, choices.get(index))));
    } catch (error) {
      const again = this.#split.signal.aborted || (error instanceof InferenceError && ofTheList.includes(error.code));
      if (again) return this.#oneByOne();
      for (const { reply } of members) reply.reject(error);
    }
  }

  #oneByOne(): void {
    for (const { call, control, reply } of this.#members) this.#send(call, control).then(reply.resolve, reply.reject);
  }
}

function toList(call: Call, members: readonly Member[]): Call {
  const prompt = members.map((member) => member.call.body["prompt"]);
  const cost = members.reduce((sum, member) => sum + member.call.cost, 0);
  return { ...call, body: { ...call.body, prompt }, cost };
}

/** What the list's reply has for one prompt. Without `usage`, which is one for the list; without a choice when it has none for it. */
function toReply({ text: _, body, ...reply }: Reply, choice: JsonObject | undefined): Reply {
  const { usage: _total, ...rest } = body;
  return { ...reply, body: { ...rest, choices: choice === undefined ? [] : [{ ...choice, index: 0 }] } };
}
