import type { DoneUpdate } from "@rhapsody/core";
import { changeSpecs, changeUpdates, type Fault } from "./fault.ts";

const kinds = ["prompt"] as const;

export const promptFaults: readonly Fault[] = [
  {
    what: "gives vectors in the order in which they come",
    kinds: ["embedding"],
    breaks: changeDone((update) => ({
      ...update,
      response: Array.isArray(update.response) ? update.response.toReversed() : update.response,
    })),
    topics: ["embeddings"],
    fails: ["embeddings/many"],
  },
  {
    what: "gives vectors as text",
    kinds: ["embedding"],
    breaks: changeDone((update) => ({ ...update, response: JSON.stringify(update.response) })),
    topics: ["embeddings"],
    fails: ["embeddings/one", "embeddings/many"],
  },
  {
    what: "says that vectors came where the server refused",
    kinds: ["embedding"],
    topics: ["embeddings"],
    breaks: changeUpdates((update) => {
      if (update.state !== "FAILED") return [update];
      const { uid, attempt, epoch } = update;
      return [{ uid, attempt, epoch, state: "DONE", response: [0] }];
    }),
    fails: ["embeddings/failed"],
  },
  {
    what: "always answers with a list",
    kinds,
    breaks: changeDone((update) => ({ ...update, response: [update.response].flat() })),
    fails: ["prompts/one", "prompts/chat", "prompts/stream"],
  },
  {
    what: "joins several answers into one",
    kinds,
    breaks: changeDone((update) => ({ ...update, response: [update.response].flat().join("\n") })),
    fails: ["prompts/many", "prompts/stream-many"],
  },
  {
    what: "gives several answers in the order in which they come",
    kinds,
    breaks: changeDone((update) => ({
      ...update,
      response: Array.isArray(update.response) ? update.response.toReversed() : update.response,
    })),
    fails: ["prompts/many", "prompts/stream-many"],
  },
  {
    what: "counts only the tokens of the answer",
    kinds,
    breaks: changeDone((update) =>
      update.usage === undefined ? update : { ...update, usage: { ...update.usage, promptTokens: 0 } },
    ),
    fails: ["prompts/usage"],
  },
  {
    what: "cannot stream",
    kinds,
    breaks: changeUpdates((update) => (update.state === "OUTPUT" ? [] : [update])),
    fails: ["prompts/stream", "prompts/stream-many"],
  },
  {
    what: "streams whether asked or not",
    kinds,
    breaks: changeSpecs((spec) =>
      spec.work.kind === "prompt" ? { ...spec, work: { ...spec.work, stream: true } } : spec,
    ),
    fails: ["prompts/no-stream"],
  },
  {
    what: "does not say which prompt a piece answers",
    kinds,
    breaks: changeUpdates((update) => {
      if (update.state !== "OUTPUT") return [update];
      const { index: _, ...rest } = update;
      return [rest];
    }),
    fails: ["prompts/stream-many"],
  },
  {
    what: "takes a server's refusal for an answer",
    kinds,
    breaks: changeUpdates((update) => {
      if (update.state !== "FAILED") return [update];
      const { failure, ...rest } = update;
      return [{ ...rest, state: "DONE", response: failure.message }];
    }),
    fails: ["states/failed/prompt", "prompts/failed", "session/retry/prompt"],
  },
];

function changeDone(change: (update: DoneUpdate) => DoneUpdate): Fault["breaks"] {
  return changeUpdates((update) => (update.state === "DONE" ? [change(update)] : [update]));
}
