import type { ProcessRequest } from "../process-request.ts";

/** A program and its argument vector, the program's own name first. */
export interface CommandLine {
  readonly program: string;
  readonly argv: readonly string[];
}

const SHELL = "/bin/sh";

/** What to execute for a request. */
export function commandLine(request: ProcessRequest): CommandLine {
  const { executable, arguments: words } = request;
  if (request.shell !== true) return { program: executable, argv: [executable, ...words] };
  // Arguments become positional parameters, which the shell expands as quoted words and never reads as text.
  const command = words.length === 0 ? executable : `${executable} "$@"`;
  return { program: SHELL, argv: [SHELL, "-c", command, SHELL, ...words] };
}

/** How to run a file that the kernel does not recognise as a program: as a script of the shell, like `execvp`. */
export function asShellScript(path: string, argv: readonly string[]): CommandLine {
  return { program: SHELL, argv: [SHELL, path, ...argv.slice(1)] };
}
