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

/** What is known of a process id. */
interface Sighting {
  /** Absent for what is no living process with a program: a kernel thread, a process that ended. */
  readonly entry?: ProcessEntry;
  readonly at: number;
  /** True for what is of no task and will not be. */
  readonly stranger: boolean;
}

const PS_OUTPUT_BYTES = 256 * 1_048_576;
/** Parent of all kernel threads on Linux; they have no environment. */
const KTHREADD = 2;
/** How long a stranger is taken for granted: its id cannot be another's again so soon (`/proc/sys/kernel/pid_max`). */
const STRANGER_MS = 1000;

/** All processes of this machine. A look takes milliseconds: for what has no cheaper way. */
export class ProcessTable {
  readonly #marker: string;
  /** The strangers among the processes of the last look. Reading them again would be the larger part of each look. */
  #strangers = new Map<number, Sighting>();
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

  /** Gives its descriptor back. It cannot look again. */
  close(): void {
    closeSync(this.#reserve);
  }

  #fromProc(): readonly ProcessEntry[] {
    const now = performance.now();
    const before = this.#strangers;
    this.#strangers = new Map();
    return numbersInProc("/proc").flatMap((pid) => {
      const known = before.get(pid);
      const sighting = known !== undefined && now - known.at < STRANGER_MS ? known : this.#look(pid, now);
      if (sighting.stranger) this.#strangers.set(pid, sighting);
      return sighting.entry ?? [];
    });
  }

  #look(pid: number, at: number): Sighting {
    const stat = readProcFile(`/proc/${pid}/stat`) ?? "";
    // "pid (command) state parent group ..."; the command may hold anything, parentheses too.
    const [state, ...numbers] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [parent = 0, group = 0] = numbers.slice(0, 2).map(Number);
    if (parent === KTHREADD) return { at, stranger: true };
    if (stat === "" || state === "Z" || state === "X") return { at, stranger: false };
    const environ = readProcFile(`/proc/${pid}/environ`);
    const requestId = requestIdInEnvironment(environ ?? "", this.#marker);
    // Empty means in the middle of exec.
    return { at, stranger: requestId === undefined && environ !== "", entry: { pid, parent, group, requestId } };
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
