import { readdirSync, readlinkSync } from "node:fs";
import type { Descriptors } from "./message.ts";

/** What this process has open, counted by kind: path of a file, or `socket`, `pipe`, `anon_inode:[eventpoll]` and so on. */
export function openDescriptors(): Descriptors {
  const counts: Record<string, number> = {};
  for (const number of readdirSync("/proc/self/fd")) {
    const kind = kindOf(number);
    if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function kindOf(number: string): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${number}`).replace(/:\[\d+\]$/, "");
  } catch {
    // The one with which the directory itself was read.
    return undefined;
  }
}
