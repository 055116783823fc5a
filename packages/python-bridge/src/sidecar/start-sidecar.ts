import type { Socket } from "node:net";
import { join } from "node:path";
import { abortable } from "@rhapsody/core";
import { listenForSidecar } from "./listen-for-sidecar.ts";
import { pythonDirectory } from "./python-directory.ts";
import { Scratch } from "./scratch.ts";
import type { SidecarCommand } from "./sidecar-command.ts";
import { SidecarProcess } from "./sidecar-process.ts";

/** Time for a sidecar to leave by itself once its lifeline is cut, in milliseconds. */
const LEAVE_MS = 1_000;

/** What {@link startSidecar} starts. */
export interface SidecarOptions {
  /** Path of the interpreter. */
  readonly python: string;
  /** Directory of the engine module. */
  readonly directory: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly channel: "descriptor" | "socket";
  readonly launch: ((command: SidecarCommand) => SidecarCommand) | undefined;
  /** Time to leave by itself, in milliseconds. */
  readonly leaveMs: number | undefined;
  /** Gives the start up. */
  readonly signal: AbortSignal;
  /** Hears every line that is printed. */
  readonly onLine: (line: string) => void;
}

/** A sidecar that was started, and the host's end of its channel. */
export interface StartedSidecar {
  readonly process: SidecarProcess;
  readonly scratch: Scratch;
  readonly socket: Socket;
}

/** Starts guard and sidecar. When it rejects, nothing is left behind. */
export async function startSidecar(options: SidecarOptions): Promise<StartedSidecar> {
  const scratch = await Scratch.create();
  let process: SidecarProcess | undefined;
  try {
    const listening = options.channel === "socket" ? await listenForSidecar(scratch) : undefined;
    try {
      process = new SidecarProcess(commandsOf(options, { scratch, socketPath: listening?.path }));
      if (!process.started) throw new Error(`its process ${await process.ended}`);
      const socket =
        listening === undefined ? process.channel : await arrival(listening.connected, process, options.signal);
      return { process, scratch, socket };
    } finally {
      listening?.close();
    }
  } catch (error) {
    await process?.end();
    await scratch.delete();
    throw error;
  }
}

interface Places {
  readonly scratch: Scratch;
  readonly socketPath: string | undefined;
}

/** The command lines: see "Processes" in the architecture page of the bridge. */
function commandsOf(
  { python, directory, environment, launch, leaveMs = LEAVE_MS, onLine }: SidecarOptions,
  { scratch, socketPath }: Places,
): ConstructorParameters<typeof SidecarProcess>[0] {
  const bridge = pythonDirectory();
  const main = join(bridge, "rhapsody_bridge", "__main__.py");
  const paths = [bridge, directory].flatMap((path) => (path === undefined ? [] : ["--path", path]));
  const channel = socketPath === undefined ? "fd:3" : `unix:${socketPath}`;
  const sidecar: SidecarCommand = {
    argv: [python, "-u", main, "sidecar", "--channel", channel, ...paths],
    environment: { ...process.env, ...environment },
  };
  const seconds = String(leaveMs / 1000);
  // A launcher may end before those that clear up.
  const leave = ["--leave", seconds, ...(launch === undefined ? [] : ["--orphans", seconds])];
  return {
    guard: [python, "-I", "-S", "-u", main, "guard", "--lifeline", "fd:4", "--scratch", scratch.path, ...leave, "--"],
    sidecar: launch?.(sidecar) ?? sidecar,
    scratch: scratch.path,
    leaveMs,
    onLine,
  };
}

async function arrival(connected: Promise<Socket>, process: SidecarProcess, signal: AbortSignal): Promise<Socket> {
  const ended = process.ended.then((how): never => {
    throw new Error(`it ${how} before it connected; it printed last:\n${process.lastWords}`);
  });
  return abortable(Promise.race([connected, ended]), signal);
}
