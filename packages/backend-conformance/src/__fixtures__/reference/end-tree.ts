import { readdirSync, readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { isAlive } from "../../observe/processes.ts";

/** Asks every process whose environment has the marker to end, kills those left after the grace, and waits until none is left. */
export async function endTree(marker: string, graceMs: number, known: readonly number[]): Promise<void> {
  const deadline = performance.now() + graceMs;
  // One that has only just begun has no environment to be found by yet.
  const found = new Set(known);
  let asked = graceMs === 0;
  for (;;) {
    for (const pid of marked(marker)) found.add(pid);
    // A process that is ending loses its environment first.
    const left = [...found].filter(isAlive);
    if (left.length === 0) return;
    const late = performance.now() >= deadline;
    if (late || !asked) for (const pid of left) signal(pid, late ? "SIGKILL" : "SIGTERM");
    asked = true;
    await setTimeout(5);
  }
}

/** The environment of a process is that of its program's start, and its descendants have it too. */
function marked(marker: string): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && hasMarker(pid, marker));
}

function hasMarker(pid: number, marker: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(marker);
  } catch {
    return false;
  }
}

function signal(pid: number, name: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has just ended.
  }
}
