import type { ChatMessage } from "../backend/task-spec.ts";
import type { StandardSchema } from "./standard-schema.ts";
import type { AITaskOptions, Dependency, EmbeddingTaskOptions, Prompt, Texts } from "./task-options.ts";
import { Task } from "./task.ts";

/**
 * A prompt for a model, or texts for an embedding model. `T` is the type of its answer: `string`, or what its schema makes of it, for one prompt or chat, a list of these for several
 * prompts; `number[]` or `number[][]` for texts to embed.
 */
export interface AITask<T = unknown> extends Task<T, AITaskOptions | EmbeddingTaskOptions> {
  /** Model asked for; `undefined` for the backend's own. */
  readonly model: string | undefined;
}

/** The type of the answer to a prompt of type `P`, when a schema of type `S` checks it. */
export type Answer<P extends Prompt, S = undefined> = AnswersOf<P, S extends StandardSchema<infer T> ? T : string>;

type AnswersOf<P extends Prompt, T> = P extends string
  ? T
  : P extends readonly string[]
    ? T[]
    : P extends readonly ChatMessage[]
      ? T
      : T | T[];

/** The type of the vectors of texts of type `E`. */
export type Embedding<E extends Texts> = E extends string ? number[] : E extends readonly string[] ? number[][] : never;

/** Builds {@link AITask}s; the answer's type follows from what is asked. */
export interface AITaskConstructor {
  new <
    P extends Prompt,
    const D extends readonly Dependency[] = readonly [],
    S extends StandardSchema | undefined = undefined,
  >(
    options: AITaskOptions<P, D, S>,
  ): AITask<Answer<P, S>>;
  new <E extends Texts, const D extends readonly Dependency[] = readonly []>(
    options: EmbeddingTaskOptions<E, D>,
  ): AITask<Embedding<E>>;
}

class AITaskClass extends Task<unknown, AITaskOptions | EmbeddingTaskOptions> {
  get model(): string | undefined {
    return this.options.model;
  }
}
Object.defineProperty(AITaskClass, "name", { value: "AITask" });

/**
 * A task that asks a model.
 *
 * @example
 * ```ts
 * import { AITask, ComputeTask } from "@rhapsody/core";
 *
 * const simulate = new ComputeTask({ executable: "./simulate.sh" });
 * const summarise = new AITask({ prompt: ({ results }) => `Summarise: ${results[0].stdout}`, dependencies: [simulate] });
 * ```
 */
// One class cannot derive its type parameter from a field, so the constructor is typed on its own.
export const AITask: AITaskConstructor = AITaskClass as unknown as AITaskConstructor;
