import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A Node process of its own that runs a file beside this one. */
export function startHost(file: string, args: readonly string[], shellPrefix = ""): ChildProcess {
  const path = fileURLToPath(new URL(file, import.meta.url));
  // `exec` leaves the shell's limits, and no shell.
  return spawn("/bin/sh", ["-c", `${shellPrefix} exec "$0" "$@"`, process.execPath, path, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** What a host printed, once it has ended. */
export async function outputOf(host: ChildProcess): Promise<string> {
  const chunks: Buffer[] = [];
  host.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(host, "close");
  return Buffer.concat(chunks).toString();
}
