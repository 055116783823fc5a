import { spawn, type ChildProcess } from "node:child_process";
import { on, once } from "node:events";
import { fileURLToPath } from "node:url";

/** A Node process of its own that runs a file beside this one, with the limits that a shell command sets before. */
export function startHost(file: string, args: readonly string[], limits = ""): ChildProcess {
  // `exec` leaves the shell's limits, and no shell.
  return start("/bin/sh", ["-c", `${limits} exec "$0" "$@"`, process.execPath, pathOf(file), ...args]);
}

/** The same, with the file imported by text on the command line. */
export function startTextHost(file: string, args: readonly string[]): ChildProcess {
  const text = `process.argv.splice(1, 0, "text"); await import(${JSON.stringify(pathOf(file))});`;
  return start(process.execPath, ["--input-type=module", "--eval", text, ...args]);
}

function start(program: string, args: readonly string[]): ChildProcess {
  return spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}

/** What a host printed and how it ended, once it has. */
export async function endOf(host: ChildProcess): Promise<HostEnd> {
  const text = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    host[stream]?.setEncoding("utf8").on("data", (chunk: string) => (text[stream] += chunk));
  }
  await once(host, "close");
  return { ...text, exitCode: host.exitCode, signal: host.signalCode };
}

/** Resolves when a host has printed a line that contains a text to its standard error. */
export async function heardFrom(host: ChildProcess, text: string): Promise<void> {
  for await (const [chunk] of on(host.stderr!, "data") as AsyncIterable<[Buffer]>) {
    if (String(chunk).includes(text)) return;
  }
}

/** How a host ended. */
export interface HostEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}
