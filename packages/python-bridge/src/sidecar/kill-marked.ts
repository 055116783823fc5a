import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 10;
const GIVE_UP_MS = 2_000;

/** Variable of every process that comes from a sidecar; its value is the opening's alone. */
export const MARKER = "RHAPSODY_SIDECAR";

/**
 * Kills every process whose environment has the marker, and resolves when none is left.
 *
 * For what a guard that was killed left behind, in sessions of its own: nobody's children, so this looks until they are gone. On Linux; elsewhere it
 * finds none.
 */
export async function killMarked(marker: string): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_MS;
  for (let left = marked(marker); left.length > 0 && performance.now() < giveUpAt; left = marked(marker)) {
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Gone by now.
      }
    }
    await sleep(LOOK_MS);
  }
}

function marked(marker: string): readonly number[] {
  const entry = `${MARKER}=${marker}`;
  return pids().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(entry);
    } catch {
      // Gone, or another user's.
      return false;
    }
  });
}

function pids(): readonly number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((name) =>
    /^\d+$/.test(name) && name !== String(process.pid) ? [Number(name)] : [],
  );
}
