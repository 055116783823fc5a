/** One program to run. Plain data: it crosses to the launcher's helper process as it is. */
export interface ProcessRequest {
  /** Names the process in events and in `kill`; never used twice in one launcher. */
  readonly id: number;
  /** Path, or a name to look up in the `PATH` of the process. With `shell`, the text of a shell command. */
  readonly executable: string;
  /** Arguments after the program's name; they arrive byte for byte as UTF-8, with `shell` too. */
  readonly arguments: readonly string[];
  /** Variables to set over those that the launcher was opened with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Directory to run in. @defaultValue the host's working directory at the time of the call */
  readonly workingDirectory?: string | undefined;
  /** Creates the working directory, and its parents, when it is missing. @defaultValue false */
  readonly createWorkingDirectory?: boolean | undefined;
  /** Runs `executable` as a `/bin/sh` command, with the arguments appended as quoted words. @defaultValue false */
  readonly shell?: boolean | undefined;
  /** Bytes for standard input. Absent: the process reads end of file at once (`/dev/null`). */
  readonly stdin?: Uint8Array | undefined;
  readonly stdout: OutputTarget;
  readonly stderr: OutputTarget;
  /** Does not keep the host alive while it runs. @defaultValue false */
  readonly background?: boolean | undefined;
}

/**
 * Where a stream of a process goes.
 *
 * `memory`: into the exit event, the last `maxBytes` bytes of it. `file`: to a file that is created or emptied, written by the process
 * itself (a relative path starts at its working directory); one path for both streams means one file with both in order. `none`: to `/dev/null`.
 */
export type OutputTarget =
  | { readonly kind: "memory"; readonly maxBytes: number }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "none" };
