import type { ModuleFunction, PythonFunction } from "../task/function-reference.ts";
import type { TaskResources } from "../task/resources.ts";
import type { ToolCall } from "./inference-details.ts";

/** Names one attempt of one task under one opening of a backend. */
export interface TaskAttempt {
  readonly uid: string;
  /** Which try this is, from 1. */
  readonly attempt: number;
  /** {@link BackendContext.epoch} of the opening that the attempt was handed to. */
  readonly epoch: number;
}

/** One attempt, ready to run: validated, defaults filled in, dependencies replaced by their values. */
export interface TaskSpec extends TaskAttempt {
  /** The user's label for people to read; the uid when none was given. */
  readonly name: string;
  readonly work: TaskWork;
  /** Variables to set over those of the backend's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** Directory to run in; absent means the backend's own. */
  readonly workingDirectory?: string;
  /** What the task takes, with the backend's defaults filled in. */
  readonly resources: TaskResources;
  /** Running time after which the session cancels the attempt, in milliseconds; for engines that want to know. */
  readonly timeoutMs?: number;
  /** Higher runs first; for engines that queue on their own. */
  readonly priority: number;
  /** The user's options for this kind of backend, unchecked: see {@link TaskBackendOptions}. */
  readonly backendOptions: Readonly<Record<string, unknown>>;
}

/** What an attempt does. */
export type TaskWork = ExecutableWork | FunctionWork | PromptWork | EmbeddingWork;

/** A program. */
export interface ExecutableWork {
  readonly kind: "executable";
  /** Path, or a name to look up in `PATH`. */
  readonly executable: string;
  /** Arguments after the program's name; they reach it byte for byte, as UTF-8. */
  readonly arguments: readonly string[];
  /** Bytes for standard input; absent means empty. */
  readonly stdin?: Uint8Array;
  readonly capture: CaptureMode;
  /** Most bytes to keep of each stream under `capture: "memory"`; the end of the stream is kept. */
  readonly maxOutputBytes: number;
}

/**
 * Where a task's standard output and error go.
 *
 * `memory`: into the result. `file`: to `<uid>.stdout` and `<uid>.stderr` in a directory of the backend; the result has the paths. `none`: nowhere.
 */
export type CaptureMode = "memory" | "file" | "none";

/** A function and the values of its arguments. */
export interface FunctionWork {
  readonly kind: "function";
  readonly function: InlineFunction | ModuleFunction | PythonFunction;
  readonly args: readonly unknown[];
  readonly capture: CaptureMode;
  readonly maxOutputBytes: number;
}

/** A closure of the host process. */
export interface InlineFunction {
  readonly kind: "inline";
  /** Calls it with the task's arguments; a promise that it returns is awaited. */
  readonly call: (...args: unknown[]) => unknown;
}

/** One or several prompts for a model. */
export interface PromptWork {
  readonly kind: "prompt";
  /** One prompt, several, or one chat. */
  readonly prompt: string | readonly string[] | readonly ChatMessage[];
  /** Model to ask; absent means the backend's own. */
  readonly model?: string;
  /** Sampling and model options by their camelCase names, as the user gave them. */
  readonly sampling: Readonly<Record<string, unknown>>;
  /** JSON schema that every answer is to keep to, by guided decoding; the session checks the answers itself. */
  readonly jsonSchema?: Readonly<Record<string, unknown>>;
  /** True when answers are wanted piece by piece, as {@link OutputUpdate}s. */
  readonly stream: boolean;
}

/** One or several texts of which a model makes vectors. */
export interface EmbeddingWork {
  readonly kind: "embedding";
  /** One text, whose `response` is a list of numbers, or several, whose `response` is a list of such lists in order. */
  readonly input: string | readonly string[];
  /** Model to ask; absent means the backend's own. */
  readonly model?: string;
  /** Numbers in each vector, for models that can shorten it. */
  readonly dimensions?: number;
  /** Further parameters for the server, as the user gave them. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** One message of a chat, in the form of the chat completions protocol. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  /** Text, or parts in the protocol's form; `null` for an assistant that only calls tools. */
  readonly content: string | readonly Readonly<Record<string, unknown>>[] | null;
  readonly name?: string | undefined;
  /** Functions that the assistant called. */
  readonly tool_calls?: readonly ToolCall[] | undefined;
  /** Which of them a message of role `tool` has the result of. */
  readonly tool_call_id?: string | undefined;
}
