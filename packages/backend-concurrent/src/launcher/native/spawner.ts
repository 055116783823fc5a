import { mkdirSync } from "node:fs";
import { asShellScript, commandLine } from "../helper/command-line.ts";
import type { EngineSettings } from "../helper/engine.ts";
import { candidatePaths } from "../helper/program-path.ts";
import {
  badWorkingDirectory,
  errnoName,
  programNotExecutable,
  programNotFound,
  SHORTAGES,
  spawnFailed,
  unspeakable,
  type StartFailure,
} from "../helper/start-failure.ts";
import { MARKER_VARIABLE, type ResolvedRequest } from "../protocol/message.ts";
import { CStrings, CVector } from "./c-strings.ts";
import { EnvironmentBlock } from "./environment-block.ts";
import type { Libc } from "./libc.ts";
import { StdioOpener, type Stdio } from "./stdio.ts";

/** A process that runs, with our ends of its pipes. */
export interface Spawned {
  readonly pid: number;
  readonly stdio: Stdio;
}

// unistd.h
const F_OK = 0;
const X_OK = 1;
// bits/spawn.h: own process group; default handlers (Node ignores SIGPIPE, and exec inherits that); no blocked signals.
const POSIX_SPAWN_SETPGROUP = 0x02;
const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;
/** More than `posix_spawnattr_t` (336 bytes) and `posix_spawn_file_actions_t` (80 bytes) take in glibc. */
const OPAQUE_BYTES = 1024;
const SIGNAL_SET_BYTES = 128;

/** Starts programs with `posix_spawn`, which in glibc neither copies page tables nor hides the error of `exec`. */
export class Spawner {
  readonly #libc: Libc;
  readonly #settings: EngineSettings;
  readonly #stdio: StdioOpener;
  readonly #environment: EnvironmentBlock;
  readonly #actions = Buffer.alloc(OPAQUE_BYTES);
  readonly #attributes = Buffer.alloc(OPAQUE_BYTES);
  readonly #strings: CStrings;
  readonly #argv = new CVector();
  readonly #envp = new CVector();
  readonly #pid = new Int32Array(1);

  constructor(libc: Libc, settings: EngineSettings) {
    this.#libc = libc;
    this.#settings = settings;
    this.#stdio = new StdioOpener(libc);
    this.#environment = new EnvironmentBlock(libc, settings.environment);
    this.#strings = new CStrings(libc);
    libc.spawnAttributesInit(this.#attributes);
    libc.spawnAttributesSetFlags(
      this.#attributes,
      POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK,
    );
    libc.spawnAttributesSetDefaultSignals(this.#attributes, Buffer.alloc(SIGNAL_SET_BYTES, 0xff));
  }

  /** Starts a program. A string is the name of a shortage that passes: nothing happened, try again later. */
  spawn(request: ResolvedRequest): Spawned | StartFailure | string {
    const failure = unspeakable(request) ?? this.#enter(request);
    if (failure !== undefined) return failure;
    const outcome = this.#spawnHere(request);
    // Else this process would keep a directory busy that somebody wants to unmount.
    this.#libc.chdir("/");
    return outcome;
  }

  #spawnHere(request: ResolvedRequest): Spawned | StartFailure | string {
    const stdio = this.#stdio.open(request);
    if (typeof stdio === "string" || "code" in stdio) return stdio;
    const outcome = this.#execute(request, stdio);
    if (typeof outcome === "number") {
      this.#stdio.closeChildEnds(stdio);
      return { pid: outcome, stdio };
    }
    this.#stdio.closeAll(stdio);
    return outcome;
  }

  /** Makes the working directory this process's own, which the next one to be spawned inherits. */
  #enter(request: ResolvedRequest): StartFailure | undefined {
    const { workingDirectory } = request;
    if (this.#libc.chdir(workingDirectory) >= 0) return undefined;
    const errno = errnoName(this.#libc.errno());
    if (errno !== "ENOENT" || request.createWorkingDirectory !== true) return badWorkingDirectory(request, errno);
    try {
      mkdirSync(workingDirectory, { recursive: true });
    } catch (error) {
      return badWorkingDirectory(request, error instanceof Error && "code" in error ? String(error.code) : "EIO");
    }
    if (this.#libc.chdir(workingDirectory) >= 0) return undefined;
    return badWorkingDirectory(request, errnoName(this.#libc.errno()));
  }

  #execute(request: ResolvedRequest, stdio: Stdio): number | StartFailure | string {
    const command = commandLine(request);
    const path = request.environment["PATH"] ?? this.#settings.environment["PATH"];
    const child: Child = { stdio, variables: this.#variables(request) };
    let refusal: string | undefined;
    for (const candidate of candidatePaths(command.program, path)) {
      if (this.#libc.access(candidate, X_OK) >= 0) {
        const errno = this.#spawnFile(candidate, command.argv, child);
        if (errno === undefined) return this.#pid[0] ?? 0;
        if (SHORTAGES.has(errno)) return errno;
        if (!REFUSALS.has(errno)) return spawnFailed(command.program, errno);
        refusal ??= errno;
      } else if (errnoName(this.#libc.errno()) === "EACCES" && this.#libc.access(candidate, F_OK) >= 0) {
        refusal ??= "EACCES";
      }
    }
    // Like execvp: a file that may not be run does not end the search, but explains why nothing was found.
    if (refusal === undefined) return programNotFound(command.program, path);
    return programNotExecutable(command.program, path, refusal);
  }

  /** Runs a file; the name of the error when that cannot be. */
  #spawnFile(path: string, argv: readonly string[], child: Child): string | undefined {
    const errno = this.#posixSpawn(path, argv, child);
    if (errno !== "ENOEXEC") return errno;
    const script = asShellScript(path, argv);
    return this.#posixSpawn(script.program, script.argv, child);
  }

  #posixSpawn(path: string, argv: readonly string[], child: Child): string | undefined {
    this.#strings.reset([...argv, ...child.variables.flat(), "=".repeat(child.variables.length)]);
    this.#argv.clear();
    for (const word of argv) this.#argv.push(this.#strings.add(word));
    this.#environment.fill(this.#envp, child.variables, this.#strings);
    const vectors = { argv: this.#argv.items, envp: this.#envp.items };
    const [actions, attributes] = [this.#actions, this.#attributes];
    this.#libc.spawnActionsInit(actions);
    for (const [to, from] of child.stdio.child.entries()) this.#libc.spawnActionsDup2(actions, from, to);
    const errno = this.#libc.posixSpawn(this.#pid, path, { actions, attributes, ...vectors });
    this.#libc.spawnActionsDestroy(actions);
    return errno === 0 ? undefined : errnoName(errno);
  }

  #variables(request: ResolvedRequest): readonly (readonly [string, string])[] {
    return Object.entries({ ...request.environment, [MARKER_VARIABLE]: `${this.#settings.marker}:${request.id}` });
  }
}

interface Child {
  readonly stdio: Stdio;
  readonly variables: readonly (readonly [name: string, value: string])[];
}

/** Errors that say something about the file, after which the search in `PATH` goes on. */
const REFUSALS: ReadonlySet<string> = new Set(["EACCES", "ENOENT", "ENOTDIR", "ELOOP", "ETXTBSY", "EISDIR", "ENOEXEC"]);
