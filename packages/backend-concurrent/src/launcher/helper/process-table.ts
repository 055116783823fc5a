import { execFileSync } from "node:child_process";
import { requestIdInEnvironment } from "./marker.ts";
import { numbersInProc, readProcFile } from "./proc-files.ts";

/** A process of this machine that is alive. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** The request that it belongs to, by its environment; absent for others, and for those whose environment cannot be read. */
  readonly requestId: number | undefined;
}

const PS_OUTPUT_BYTES = 256 * 1_048_576;

/** All processes of this machine; `marker` tells which are a launcher's. Takes milliseconds: for what has no cheaper way. */
export function listProcesses(marker: string): readonly ProcessEntry[] {
  if (process.platform === "linux") return fromProc(marker);
  // BSD ps: -E prints the environment, of processes of the same user, after the command.
  const arguments_ = ["-axwwE", "-o", "pid=,ppid=,pgid=,stat=,command="];
  return parsePs(execFileSync("ps", arguments_, { encoding: "latin1", maxBuffer: PS_OUTPUT_BYTES }), marker);
}

/** Reads what `ps` prints for `pid=,ppid=,pgid=,stat=,command=`, a line a process. */
export function parsePs(text: string, marker: string): readonly ProcessEntry[] {
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, group, state = "Z", command = ""] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s(.*)$/.exec(line) ?? [];
    if (state.startsWith("Z")) return [];
    const requestId = requestIdInEnvironment(command.replaceAll(" ", "\0"), marker);
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), requestId }];
  });
}

function fromProc(marker: string): readonly ProcessEntry[] {
  return numbersInProc("/proc").flatMap((pid) => {
    // "pid (command) state parent group ..."; the command may hold anything, parentheses too.
    const stat = readProcFile(`/proc/${pid}/stat`);
    const [state = "Z", parent, group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (stat === "" || state === "Z" || state === "X") return [];
    const requestId = requestIdInEnvironment(readProcFile(`/proc/${pid}/environ`), marker);
    return [{ pid, parent: Number(parent), group: Number(group), requestId }];
  });
}
