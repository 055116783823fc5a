import { readdirSync, readFileSync } from "node:fs";

/** Tells whether a process runs. One that has ended and waits for its parent to notice (a zombie) does not. */
export function isAlive(pid: number): boolean {
  if (process.platform === "linux") return statusOf(pid)?.running ?? false;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Processes that this one started and that still run; none where the system has no `/proc`. */
export function runningChildren(): ReadonlySet<number> {
  if (process.platform !== "linux") return new Set();
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return new Set(
    pids.filter((pid) => {
      const status = statusOf(pid);
      return status !== undefined && status.running && status.parent === process.pid;
    }),
  );
}

/** The third and fourth field of `/proc/<pid>/stat` (proc_pid_stat(5)); they come after the name, which may contain anything. */
function statusOf(pid: number): { readonly running: boolean; readonly parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state = "", parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { running: !["Z", "X", "x"].includes(state), parent: Number(parent) };
  } catch {
    return undefined;
  }
}
