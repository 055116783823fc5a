import type { LauncherEvent } from "../launcher-event.ts";
import type { ProcessRequest } from "../process-request.ts";

/** What the host tells its helper process. `open` comes first and once; `close` or the end of the channel last. */
export type HostMessage =
  | {
      readonly type: "open";
      /** Value of {@link MARKER_VARIABLE} in every process of this launcher, before its own number. */
      readonly marker: string;
      /** The environment that every process starts from. */
      readonly environment: Readonly<Record<string, string>>;
    }
  | { readonly type: "start"; readonly requests: readonly ResolvedRequest[] }
  | { readonly type: "kill"; readonly call: number; readonly ids: readonly number[]; readonly graceMs: number }
  | { readonly type: "close"; readonly graceMs: number };

/** What the helper tells the host. */
export type HelperMessage =
  | { readonly type: "ready"; readonly engine: EngineKind; readonly reason?: string }
  | { readonly type: "events"; readonly events: readonly LauncherEvent[] }
  | { readonly type: "killed"; readonly call: number };

/** A request whose working directory is known and absolute. */
export interface ResolvedRequest extends ProcessRequest {
  readonly workingDirectory: string;
}

/** How the helper starts programs: system calls on Linux, or `node:child_process` where those cannot be reached. */
export type EngineKind = "native" | "portable";

/** Which engine the helper is to take: `auto` is the native one where it can work. */
export type EngineChoice = "auto" | EngineKind;

/** The helper's descriptor of the socket to its host. Its standard streams stay out of it: anything may print there. */
export const CONTROL_FD = 3;

/**
 * The environment variable by which a process that left its parent and its group is recognised as part of a task.
 *
 * Its value ends in `<launcher>:<request id>`; a launcher inside a task appends its own part to the task's, after a slash.
 */
export const MARKER_VARIABLE = "RHAPSODY_PROCESS";
