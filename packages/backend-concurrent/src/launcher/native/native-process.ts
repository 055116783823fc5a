import { constants } from "node:os";
import { readProcFile } from "../helper/proc-files.ts";
import type { ProcessExit } from "../launcher-event.ts";
import type { OutputTarget, ProcessRequest } from "../process-request.ts";
import { InputPipe } from "./input-pipe.ts";
import type { Libc } from "./libc.ts";
import { OutputPipe } from "./output-pipe.ts";
import type { Poller } from "./poller.ts";
import type { Spawned } from "./spawner.ts";

// struct rusage of 64-bit Linux: user and system time as seconds and microseconds, then ru_maxrss in KiB.
const USAGE_BYTES = 144;
const MAXRSS_OFFSET = 32;
const KIB = 1024;

// Some numbers have two names, of which the first is the usual one (SIGABRT before SIGIOT), as Node itself tells it.
const SIGNAL_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.signals)
    .map(([name, value]) => [value, name] as const)
    .toReversed(),
);

/** The first process of a task, from its start until it is reaped; its id stays reserved, as process and as group, all that time. */
export class NativeProcess {
  readonly id: number;
  readonly pid: number;
  readonly startedAt: number = Date.now();
  /** Functions to call when the task is gone. */
  readonly onGone: (() => void)[] = [];
  /** When to kill what is left, once somebody asked for the end, in milliseconds of `performance.now()`. */
  killAt: number | undefined;

  readonly #libc: Libc;
  readonly #stdin: InputPipe | undefined;
  readonly #stdout: OutputPipe | undefined;
  readonly #stderr: OutputPipe | undefined;
  #sampledPeakBytes = 0;

  /** `ended` is called when the process has ended, and waits to be reaped. */
  constructor(at: {
    libc: Libc;
    poller: Poller;
    pidfd: number;
    request: ProcessRequest;
    spawned: Spawned;
    ended: () => void;
  }) {
    const { libc, poller, pidfd, request, spawned } = at;
    this.#libc = libc;
    this.id = request.id;
    this.pid = spawned.pid;
    const token = poller.watch(pidfd, "read", () => {
      poller.close(token, pidfd);
      at.ended();
    });
    const { input, output, error } = spawned.stdio;
    const pipe = (fd: number | undefined, target: OutputTarget): OutputPipe | undefined =>
      fd === undefined || target.kind !== "memory"
        ? undefined
        : new OutputPipe({ libc, poller, fd, maxBytes: target.maxBytes });
    this.#stdout = pipe(output, request.stdout);
    this.#stderr = pipe(error, request.stderr);
    if (input !== undefined && request.stdin !== undefined) {
      this.#stdin = new InputPipe({ libc, poller, fd: input, bytes: request.stdin });
    }
  }

  /** Notes the memory used so far: at the end the kernel tells it only for a process larger than the one that started it. */
  sampleMemory(): void {
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readProcFile(`/proc/${this.pid}/status`) ?? "")?.[1];
    if (peak !== undefined) this.#sampledPeakBytes = Number(peak) * KIB;
  }

  /** Reaps the ended process and closes its pipes; returns how it went. */
  reap(): ProcessExit {
    const stdout = this.#stdout?.finish();
    const stderr = this.#stderr?.finish();
    this.#stdin?.close();
    const status = new Int32Array(1);
    const usage = Buffer.alloc(USAGE_BYTES);
    this.#libc.wait4(this.pid, status, 0, usage);
    const peakMemoryBytes = this.#peakMemoryBytes(usage);
    return {
      type: "exited",
      id: this.id,
      pid: this.pid,
      ...howItEnded(status[0] ?? 0),
      ...(stdout === undefined ? {} : { stdout }),
      ...(stderr === undefined ? {} : { stderr }),
      startedAt: this.startedAt,
      finishedAt: Date.now(),
      ...(peakMemoryBytes === undefined ? {} : { peakMemoryBytes }),
      cpuTimeMs: readMs(usage, 0) + readMs(usage, 16),
    };
  }

  #peakMemoryBytes(usage: Buffer): number | undefined {
    const counted = Number(usage.readBigInt64LE(MAXRSS_OFFSET)) * KIB;
    // exec carries the peak of the process before it along, which was this helper's (fs/exec.c, setmax_mm_hiwater_rss).
    if (counted > process.resourceUsage().maxRSS * KIB) return counted;
    return this.#sampledPeakBytes > 0 ? this.#sampledPeakBytes : undefined;
  }
}

/** Reads a `wait` status word (bits/waitstatus.h). */
function howItEnded(status: number): { readonly exitCode: number | null; readonly signal: string | null } {
  const signal = status & 0x7f;
  if (signal === 0) return { exitCode: (status >> 8) & 0xff, signal: null };
  return { exitCode: null, signal: SIGNAL_NAMES.get(signal) ?? `signal ${signal}` };
}

/** A `struct timeval` in milliseconds. */
function readMs(buffer: Buffer, offset: number): number {
  return Number(buffer.readBigInt64LE(offset)) * 1000 + Number(buffer.readBigInt64LE(offset + 8)) / 1000;
}
