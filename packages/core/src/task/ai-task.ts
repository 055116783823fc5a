import type { ChatMessage } from "../backend/task-spec.ts";
import type { AITaskOptions, Dependency, Prompt } from "./task-options.ts";
import { Task } from "./task.ts";

/** A prompt for a model. `T` is the type of its answer: `string` for one prompt or chat, `string[]` for several prompts. */
export interface AITask<T = unknown> extends Task<T, AITaskOptions> {
  /** Model asked for; `undefined` for the backend's own. */
  readonly model: string | undefined;
}

/** The type of the answer to a prompt of type `P`. */
export type Answer<P extends Prompt> = P extends string
  ? string
  : P extends readonly string[]
    ? string[]
    : P extends readonly ChatMessage[]
      ? string
      : string | string[];

/** Builds {@link AITask}s; the answer's type follows from the prompt. */
export interface AITaskConstructor {
  new <P extends Prompt, const D extends readonly Dependency[] = readonly []>(
    options: AITaskOptions<P, D>,
  ): AITask<Answer<P>>;
}

class AITaskClass extends Task<unknown, AITaskOptions> {
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
