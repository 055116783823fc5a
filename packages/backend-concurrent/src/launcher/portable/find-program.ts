import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { commandLine, type CommandLine } from "../helper/command-line.ts";
import { candidatePaths } from "../helper/program-path.ts";
import {
  badWorkingDirectory,
  programNotExecutable,
  programNotFound,
  unspeakable,
  type StartFailure,
} from "../helper/start-failure.ts";
import type { ResolvedRequest } from "../protocol/message.ts";

/** Checks all that can be checked before a program is started, as Node's error afterwards does not tell what was missing. */
export function findProgram(request: ResolvedRequest, path: string | undefined): CommandLine | StartFailure {
  const failure = unspeakable(request) ?? prepareDirectory(request);
  if (failure !== undefined) return failure;
  const { program, argv } = commandLine(request);
  let refusal: string | undefined;
  for (const candidate of candidatePaths(program, path)) {
    const file = resolve(request.workingDirectory, candidate);
    const errno = errorOf(() => accessSync(file, constants.X_OK));
    if (errno === undefined && statSync(file).isFile()) return { program: candidate, argv };
    if (errno === undefined || (errno === "EACCES" && errorOf(() => statSync(file)) === undefined))
      refusal ??= "EACCES";
  }
  return refusal === undefined ? programNotFound(program, path) : programNotExecutable(program, path, refusal);
}

/** Name of the system's error that a call throws; `undefined` when it throws none. */
export function errorOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "EIO";
  }
}

function prepareDirectory(request: ResolvedRequest): StartFailure | undefined {
  const { workingDirectory, createWorkingDirectory } = request;
  const create = (): unknown => mkdirSync(workingDirectory, { recursive: true });
  const enter = (): void => accessSync(`${workingDirectory}/.`, constants.X_OK);
  const errno = (createWorkingDirectory === true ? errorOf(create) : undefined) ?? errorOf(enter);
  return errno === undefined ? undefined : badWorkingDirectory(request, errno);
}
