import { spawn, type ChildProcess } from "node:child_process";
import { on, once } from "node:events";
import { fileURLToPath } from "node:url";

/** A Node process of its own that runs a file beside this one. */
export function startHost(file: string, args: readonly string[], shellPrefix = ""): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  // `exec` leaves the shell's limits, and no shell.
  return spawn("/bin/sh", ["-c", `${shellPrefix} exec "$0" "$@"`, process.execPath, path, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
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
