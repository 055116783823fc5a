import { getSystemErrorMap } from "node:util";
import type { ProcessFailure, ProcessFailureCode } from "../launcher-event.ts";
import type { ResolvedRequest } from "../protocol/message.ts";

/** Why a request cannot be started, without its id. */
export type StartFailure = Pick<ProcessFailure, "code" | "message" | "errno">;

/** Errors of a system that is short of descriptors, processes or memory: they pass once something ends. */
export const SHORTAGES: ReadonlySet<string> = new Set(["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"]);

/** Name of a positive error number, e.g. `"ENOENT"`. */
export function errnoName(errno: number): string {
  return getSystemErrorMap().get(-errno)?.[0] ?? `errno ${errno}`;
}

/** A working directory that cannot be created or entered. */
export function badWorkingDirectory(request: ResolvedRequest, errno: string): StartFailure {
  const { workingDirectory } = request;
  const missing = errno === "ENOENT" || errno === "ENOTDIR";
  const text = missing
    ? `working directory ${workingDirectory} does not exist; create it, or ask for it to be created`
    : `working directory ${workingDirectory} cannot be ${request.createWorkingDirectory === true ? "created or " : ""}entered (${describe(errno)})`;
  return failure("TASK_WORKING_DIRECTORY", text, errno);
}

/** A program that no candidate path holds. */
export function programNotFound(program: string, path: string | undefined): StartFailure {
  const text = program.includes("/")
    ? `program ${program} does not exist; a relative path starts at the working directory`
    : `program "${program}" is not in PATH (${path ?? "not set"}); install it, give its full path, or set PATH in the environment`;
  return failure("TASK_PROGRAM_NOT_FOUND", text, "ENOENT");
}

/** A program that is there and may not, or cannot, be run. */
export function programNotExecutable(program: string, path: string | undefined, errno: string): StartFailure {
  const where = program.includes("/") ? "" : ` (found in PATH ${path ?? "not set"})`;
  const text =
    errno === "ENOENT"
      ? `program ${program}${where} cannot be run: the interpreter that its first line or its header names is missing`
      : `program ${program}${where} cannot be run (${describe(errno)}); it must be a file with execute permission`;
  return failure("TASK_PROGRAM_NOT_EXECUTABLE", text, errno);
}

/** A file for captured output that cannot be opened. */
export function badOutputFile(path: string, errno: string): StartFailure {
  return failure("TASK_SPAWN_FAILED", `output file ${path} cannot be written (${describe(errno)})`, errno);
}

/** Anything else that the system has against starting a program. */
export function spawnFailed(program: string, errno: string): StartFailure {
  const advice = ADVICE[errno];
  return failure(
    "TASK_SPAWN_FAILED",
    `program ${program} cannot be started (${describe(errno)})${advice ?? ""}`,
    errno,
  );
}

/** A request that has no form as an argument vector or environment: C strings end at their first NUL. */
export function unspeakable(request: ResolvedRequest): StartFailure | undefined {
  const text = [request.executable, request.workingDirectory, ...request.arguments];
  for (const [name, value] of Object.entries(request.environment)) {
    if (name === "" || name.includes("=")) {
      return failure(
        "TASK_SPAWN_FAILED",
        `environment variable name ${JSON.stringify(name)} is empty or has a "="`,
        "EINVAL",
      );
    }
    text.push(name, value);
  }
  const bad = text.find((part) => part.includes("\0"));
  if (bad === undefined) return undefined;
  return failure(
    "TASK_SPAWN_FAILED",
    `a NUL character cannot be handed to a program: ${JSON.stringify(bad.slice(0, 80))}`,
    "EINVAL",
  );
}

const ADVICE: Readonly<Record<string, string>> = {
  E2BIG: "; its arguments and environment are too long: pass them by standard input or a file",
  EAGAIN: "; raise the limit of processes (ulimit -u)",
  EMFILE: "; raise the limit of open files (ulimit -n)",
  ENFILE: "; the system has no file descriptors left",
  ENOMEM: "; the system has no memory left",
};

function describe(errno: string): string {
  for (const [name, text] of getSystemErrorMap().values()) if (name === errno) return `${errno}: ${text}`;
  return errno;
}

function failure(code: ProcessFailureCode, message: string, errno: string): StartFailure {
  return { code, message, errno };
}
