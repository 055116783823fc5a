import type { ExecutableWork, TaskWork } from "@rhapsody/core";

const DEFAULT_MAX_OUTPUT_BYTES = 1024 * 1024;

/** A program whose output is kept in memory, unless `fields` say otherwise. */
export function program(
  executable: string,
  args: readonly string[],
  fields: Partial<ExecutableWork> = {},
): ExecutableWork {
  return {
    kind: "executable",
    executable,
    arguments: args,
    capture: "memory",
    maxOutputBytes: DEFAULT_MAX_OUTPUT_BYTES,
    ...fields,
  };
}

/** A call of a function. */
export function call(target: Extract<TaskWork, { kind: "function" }>["function"], args: readonly unknown[]): TaskWork {
  return { kind: "function", function: target, args, capture: "memory", maxOutputBytes: DEFAULT_MAX_OUTPUT_BYTES };
}

/** A prompt with nothing special about it, unless `fields` say otherwise. */
export function ask(fields: Partial<Extract<TaskWork, { kind: "prompt" }>>): TaskWork {
  return { kind: "prompt", prompt: "Reply with one word.", sampling: {}, stream: false, ...fields };
}

/** Texts for an embedding model, with nothing special about them, unless `fields` say otherwise. */
export function embed(fields: Partial<Extract<TaskWork, { kind: "embedding" }>>): TaskWork {
  return { kind: "embedding", input: "a colour", parameters: {}, ...fields };
}

/** Shell text that writes the shell's process id into the file `$1`, in one step. */
export const TELL_PID: string = 'echo $$ > "$1.part" && mv "$1.part" "$1"';
