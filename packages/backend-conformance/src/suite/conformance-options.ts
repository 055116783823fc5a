import type { EmbeddingWork, PromptWork, TaskWork, TokenUsage } from "@rhapsody/core";

/** Kinds of work that the suite tells apart: functions by where they come from. */
export type WorkKind = "executable" | "inline" | "module" | "python" | "prompt";

/** Facts about an engine that the suite cannot find out by itself. */
export interface ConformanceOptions {
  /** Title of the whole group of tests. @defaultValue `"contract backend/1"` */
  readonly title?: string | undefined;

  /** Longest silence of a backend that is expected to do something, in milliseconds. @defaultValue 15,000 */
  readonly timeoutMs?: number | undefined;

  /** Longest time for `open`, in milliseconds. @defaultValue 60,000 */
  readonly openTimeoutMs?: number | undefined;

  /** How many small tasks the volume tests run, in all or by kind of work. @defaultValue 10,000 */
  readonly smallTasks?: number | Readonly<Partial<Record<WorkKind, number>>> | undefined;

  /**
   * `each`: every test opens a backend of its own. `shared`: tests that are not about opening and closing use one opening, for engines that take
   * long to start; the runner must have `afterAll`. @defaultValue `"each"`
   */
  readonly opening?: "each" | "shared" | undefined;

  /** Existing directory for the tests' own ones; the engine must see it under the same path. @defaultValue `os.tmpdir()` */
  readonly directory?: string | undefined;

  /** POSIX shell, as the engine finds it. @defaultValue `"/bin/sh"` */
  readonly shell?: string | undefined;

  /** Node.js, as the engine finds it; runs the program that starts a tree of processes. @defaultValue `process.execPath` */
  readonly node?: string | undefined;

  /** What to ask the model; needed when the default prompts do not suit it. */
  readonly prompts?: PromptSamples | undefined;

  /** What to have embedded; needed when the default texts do not suit the model. */
  readonly embeddings?: EmbeddingSamples | undefined;

  /**
   * Builds work that the engine refuses at submission.
   * @defaultValue work of a kind that the capabilities do not list; the tests are left out when they list every kind
   */
  readonly refused?: (() => TaskWork) | undefined;

  /**
   * Ids of the tests or groups of tests to run; for a backend that is being built, or that runs nothing by design. What is left out is not reported, so a suite
   * run in part shows conformance in part. @defaultValue all
   */
  readonly only?: readonly string[] | undefined;

  /**
   * Rules that the engine truly cannot keep: the id of a test or of a group of tests (`"cancel"`, `"cancel/tree"`), and the reason in a
   * sentence. Those tests are reported as skipped with that reason. An id that no test has is an error.
   */
  readonly except?: Readonly<Record<string, string>> | undefined;
}

/** Prompts for the model under test. Each may say what a right answer is by throwing in `check`. */
export interface PromptSamples {
  /** @defaultValue a question that any model answers */
  readonly one?: PromptSample<string> | undefined;
  /** At least two prompts in one task; `check` gets the answers in order. */
  readonly many?: PromptSample<readonly string[]> | undefined;
  /** A chat of several messages. */
  readonly chat?: PromptSample<string> | undefined;
  /** Work that the model's server refuses, such as an unknown model. Absent: the failure of prompts is not tested. */
  readonly failing?: Partial<PromptWork> | undefined;
  /** Work whose answer takes at least a minute. Absent: cancelling a prompt under way is not tested. */
  readonly long?: Partial<PromptWork> | undefined;
  /** True when the server counts tokens. @defaultValue `true` */
  readonly usage?: boolean | undefined;
  /** True when answers can come piece by piece. @defaultValue `true` */
  readonly stream?: boolean | undefined;
}

/** Texts for the embedding model under test. */
export interface EmbeddingSamples {
  /** At least two texts of different meaning. @defaultValue two in English */
  readonly texts?: readonly string[] | undefined;
  /** Work that the model's server refuses, such as an unknown model. Absent: the failure of embeddings is not tested. */
  readonly failing?: Partial<EmbeddingWork> | undefined;
}

/** One prompt and what to expect of its answer. */
export interface PromptSample<R> {
  readonly work: Partial<PromptWork> & Pick<PromptWork, "prompt">;
  /** Throws when the answer or the count of tokens is wrong. @defaultValue any text that is not empty is right */
  readonly check?: ((response: R, usage: TokenUsage | undefined) => void) | undefined;
}
