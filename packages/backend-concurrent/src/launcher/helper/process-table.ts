import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
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

interface Environment {
  readonly empty: boolean;
  readonly requestId: number | undefined;
}

const PS_OUTPUT_BYTES = 256 * 1_048_576;
/** Parent of all kernel threads on Linux; they have no environment. */
const KTHREADD = 2;
/** Places in `/proc/<pid>/stat` after the command's name (proc_pid_stat(5), fields 3, 4, 5 and 22). */
const STATE = 0;
const PARENT = 1;
const GROUP = 2;
const START_TIME = 19;

/** All processes of this machine. A look takes milliseconds: for what has no cheaper way. */
export class ProcessTable {
  readonly #marker: string;
  /** What was read of environments, which are inherited and do not change: the larger part of a look. */
  #known = new Map<number, Environment & { readonly startTime: string }>();

  /** A look takes one descriptor at a time; without one it would see nothing and take everything for gone. */
  #reserve: number = openSync("/dev/null", "r");

  /** `marker` tells which processes are a launcher's. */
  constructor(marker: string) {
    this.#marker = marker;
  }

  /** The processes that are alive now; not those that ended and wait for their parents. */
  list(): readonly ProcessEntry[] {
    if (process.platform === "linux") {
      closeSync(this.#reserve);
      const entries = this.#fromProc();
      this.#reserve = openSync("/dev/null", "r");
      return entries;
    }
    // BSD ps: -E prints the environment, of processes of the same user, after the command.
    const words = ["-axwwE", "-o", "pid=,ppid=,pgid=,stat=,command="];
    return parsePs(execFileSync("ps", words, { encoding: "latin1", maxBuffer: PS_OUTPUT_BYTES }), this.#marker);
  }

  #fromProc(): readonly ProcessEntry[] {
    const known = this.#known;
    this.#known = new Map();
    return numbersInProc("/proc").flatMap((pid) => {
      const stat = readProcFile(`/proc/${pid}/stat`);
      // "pid (command) state parent group ..."; the command may hold anything, parentheses too.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const [state, parent, startTime = ""] = [fields[STATE], Number(fields[PARENT]), fields[START_TIME]];
      if (stat === "" || state === "Z" || state === "X" || parent === KTHREADD) return [];
      const before = known.get(pid);
      const entry = before?.startTime === startTime ? before : { startTime, ...this.#readEnvironment(pid) };
      // Empty in the middle of exec, too: to be read again.
      if (!entry.empty) this.#known.set(pid, entry);
      return [{ pid, parent, group: Number(fields[GROUP]), requestId: entry.requestId }];
    });
  }

  #readEnvironment(pid: number): Environment {
    const environ = readProcFile(`/proc/${pid}/environ`);
    return { empty: environ === "", requestId: requestIdInEnvironment(environ, this.#marker) };
  }
}

/** Reads what `ps` prints for `pid=,ppid=,pgid=,stat=,command=`, a line a process. */
export function parsePs(text: string, marker: string): readonly ProcessEntry[] {
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, group, state = "Z", command = ""] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s(.*)$/.exec(line) ?? [];
    if (state.startsWith("Z")) return [];
    const requestId = requestIdInEnvironment(command.replaceAll(" ", "\0"), marker);
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), requestId }];
  });
}
