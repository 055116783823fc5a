import type { BackendContext, EmbeddingWork, PromptWork, TaskSpec, TokenUsage } from "@rhapsody/core";
import { failed, type Ended, type Run } from "./run.ts";

/** Asks a model that repeats what it is told; model `missing` is not there, and `slow` never answers. */
export function runPrompt(task: TaskSpec, work: PromptWork, report: BackendContext["report"]): Run {
  const { promise: stopped, resolve } = Promise.withResolvers<Ended>();
  return {
    ended: work.model === "slow" ? stopped : Promise.resolve().then(() => answer(task, work, report)),
    stop: async () => {
      resolve(failed("TASK_PROMPT_FAILED", "stopped"));
      return "cancelled";
    },
  };
}

/** Makes vectors that count letters; model `missing` is not there. */
export function runEmbedding({ input, model }: EmbeddingWork): Run {
  const vectorOf = (text: string): number[] => ["a", "e", "i", "o", "u"].map((vowel) => text.split(vowel).length);
  const response = typeof input === "string" ? vectorOf(input) : input.map(vectorOf);
  const ended: Ended =
    model === "missing"
      ? failed("TASK_PROMPT_FAILED", "there is no model called missing")
      : { state: "DONE", response };
  return { ended: Promise.resolve(ended), stop: async () => "cancelled" };
}

function answer({ uid, attempt, epoch }: TaskSpec, work: PromptWork, report: BackendContext["report"]): Ended {
  if (work.model === "missing") return failed("TASK_PROMPT_FAILED", "there is no model called missing");
  const questions = questionsOf(work.prompt);
  const answers = questions.map((question) => `You said: ${question}`);
  if (work.stream) {
    answers.forEach((text, index) => {
      for (const piece of text.split(/(?= )/))
        report([{ uid, attempt, epoch, state: "OUTPUT", stream: "response", index, text: piece }]);
    });
  }
  const several = Array.isArray(work.prompt) && typeof work.prompt[0] === "string";
  return { state: "DONE", response: several ? answers : answers[0], usage: count(questions, answers) };
}

function questionsOf(prompt: PromptWork["prompt"]): readonly string[] {
  if (typeof prompt === "string") return [prompt];
  const last = prompt.at(-1);
  return typeof last === "string" ? (prompt as readonly string[]) : [JSON.stringify(last?.content)];
}

function count(questions: readonly string[], answers: readonly string[]): TokenUsage {
  const words = (texts: readonly string[]): number => texts.join(" ").split(" ").length;
  const [promptTokens, completionTokens] = [words(questions), words(answers)];
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens };
}
