import type { ComputedProgram, Task } from "@rhapsody/core";
import { splitWords } from "./split-words.ts";

/** A program to run, without a shell. */
export interface Program {
  /** Path, or a name to look up in the task's `PATH`. */
  readonly executable: string;
  /** Arguments after the program's name. @defaultValue none */
  readonly arguments?: readonly (string | number | bigint | boolean)[] | undefined;
  /** Bytes or UTF-8 text for standard input. @defaultValue empty */
  readonly stdin?: string | Uint8Array | undefined;
}

/** What a program left behind. */
export interface ProgramOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Always 0: a program that ends otherwise has failed. */
  readonly exitCode: number;
}

/**
 * The program that the body of an executable task asks for.
 *
 * @throws TypeError when it asks for none.
 */
export function toProgram(given: unknown, shell: boolean): ComputedProgram {
  if (typeof given === "object" && given !== null && "executable" in given) {
    // Its fields the session checks.
    return given as ComputedProgram;
  }
  if (typeof given !== "string" || given.trim() === "") {
    throw new TypeError(
      "the function must return a command line, or { executable, arguments, stdin }, and not be empty",
    );
  }
  if (shell) return { executable: "/bin/sh", arguments: ["-c", given] };
  const [executable = "", ...rest] = splitWords(given);
  return { executable, arguments: rest };
}

/** What a program that ended well left behind. */
export function fullResult({ stdout = "", stderr = "", exitCode = 0 }: Task): ProgramOutput {
  return { stdout, stderr, exitCode };
}
