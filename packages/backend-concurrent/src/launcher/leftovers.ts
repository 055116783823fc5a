import { setTimeout as sleep } from "node:timers/promises";
import { family } from "./helper/family.ts";
import { ProcessTable } from "./helper/process-table.ts";

const LOOK_MS = 10;
const GIVE_UP_MS = 10_000;

/**
 * Kills every process of a launcher whose helper died, and resolves when none is alive.
 *
 * They are nobody's children that could be waited for, so this looks until they are gone. Processes that the system does not let end (of
 * another user, or stuck in the kernel) are given up after ten seconds; their ids are returned.
 */
export async function killLeftovers(marker: string): Promise<readonly number[]> {
  const table = new ProcessTable(marker);
  const giveUpAt = performance.now() + GIVE_UP_MS;
  try {
    for (;;) {
      const left = family(table.list(), ({ requestId }) => requestId !== undefined);
      if (left.length === 0 || performance.now() > giveUpAt) return left.map(({ pid }) => pid);
      for (const { pid } of left) killQuietly(pid);
      await sleep(LOOK_MS);
    }
  } finally {
    table.close();
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone by now, or another user's: the next look tells.
  }
}
