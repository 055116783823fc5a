import { requestIdInEnvironment } from "../helper/marker.ts";
import { readProcFile } from "../helper/proc-files.ts";
import type { Kernel } from "./kernel.ts";
import type { Libc } from "./libc.ts";
import type { OwnChildren } from "./own-children.ts";
import type { Poller } from "./poller.ts";

/** A task, as far as strays are concerned: its request's id and its first process, the leader of its group. */
export interface Leader {
  readonly id: number;
  readonly pid: number;
}

interface Stray {
  readonly pid: number;
  /** The leader of its task; of several, when which one cannot be told: it is ended after the last of them. */
  readonly suspects: Set<Leader>;
  /** Another user's by now (a set-user-id program): nobody here can end it, so nobody waits for it. */
  foreign: boolean;
  /** Set while its end is waited for. */
  watch: { readonly fd: number; readonly token: number } | undefined;
}

// signal.h, wait.h, errno-base.h
const SIGKILL = 9;
const WNOHANG = 1;
const EPERM = 1;
const USAGE_BYTES = 144;

/** Processes that outlived the parent that started them and were adopted: daemons, background jobs, children of killed processes. */
export class Strays {
  readonly #libc: Libc;
  readonly #poller: Poller;
  readonly #children: OwnChildren;
  readonly #marker: string;
  readonly #strays = new Map<number, Stray>();
  readonly #status = new Int32Array(1);
  readonly #usage = Buffer.alloc(USAGE_BYTES);
  #changed = false;

  constructor(kernel: Kernel, marker: string) {
    this.#libc = kernel.libc;
    this.#poller = kernel.poller;
    this.#children = kernel.children;
    this.#marker = marker;
  }

  /** True when the end of a stray that was waited for has come, until the next {@link update}. */
  get changed(): boolean {
    return this.#changed;
  }

  /** True when no stray is alive that could be ended. */
  get gone(): boolean {
    return this.#strays.values().every((stray) => stray.foreign);
  }

  /** Reaps strays that ended, finds new ones, and ends those whose tasks are all gone. `leaders`: all tasks that are not gone, by pid. */
  update(leaders: ReadonlyMap<number, Leader>): void {
    this.#changed = false;
    for (const pid of this.#children.list()) {
      if (leaders.has(pid)) continue;
      if (this.#libc.wait4(pid, this.#status, WNOHANG, this.#usage) > 0) this.#forget(pid);
      else if (!this.#strays.has(pid)) this.#strays.set(pid, this.#found(pid, leaders));
    }
    for (const stray of this.#strays.values()) {
      for (const leader of stray.suspects) if (leaders.get(leader.pid) !== leader) stray.suspects.delete(leader);
      if (stray.suspects.size === 0) this.#kill(stray);
    }
  }

  /** Strays that are of one task and of no other. */
  of(leader: Leader): readonly number[] {
    const own: number[] = [];
    for (const { pid, suspects, foreign } of this.#strays.values()) {
      if (!foreign && suspects.size === 1 && suspects.has(leader)) own.push(pid);
    }
    return own;
  }

  /** Makes sure that the end of these strays is noticed: see {@link changed}. */
  watch(pids: Iterable<number>): void {
    for (const pid of pids) {
      const stray = this.#strays.get(pid);
      if (stray !== undefined) this.#watch(stray);
    }
  }

  /** Kills these strays at once. */
  kill(pids: Iterable<number>): void {
    for (const pid of pids) {
      const stray = this.#strays.get(pid);
      if (stray !== undefined) this.#kill(stray);
    }
  }

  #found(pid: number, leaders: ReadonlyMap<number, Leader>): Stray {
    return { pid, suspects: this.#suspects(pid, leaders), foreign: false, watch: undefined };
  }

  #suspects(pid: number, leaders: ReadonlyMap<number, Leader>): Set<Leader> {
    const ofGroup = leaders.get(this.#libc.getpgid(pid));
    if (ofGroup !== undefined) return new Set([ofGroup]);
    const id = requestIdInEnvironment(readProcFile(`/proc/${pid}/environ`) ?? "", this.#marker);
    const marked = [...leaders.values()].filter((leader) => leader.id === id);
    return new Set(marked.length > 0 || id !== undefined ? marked : leaders.values());
  }

  #kill(stray: Stray): void {
    this.#watch(stray);
    stray.foreign = this.#libc.kill(stray.pid, SIGKILL) < 0 && this.#libc.errno() === EPERM;
  }

  #watch(stray: Stray): void {
    if (stray.watch !== undefined) return;
    const fd = this.#libc.pidfdOpen(stray.pid);
    // Without a descriptor left its end is noticed by the next regular update.
    if (fd < 0) return;
    const token = this.#poller.watch(fd, "read", () => {
      this.#changed = true;
      this.#unwatch(stray);
    });
    stray.watch = { fd, token };
  }

  #unwatch(stray: Stray): void {
    if (stray.watch === undefined) return;
    this.#poller.close(stray.watch.token, stray.watch.fd);
    stray.watch = undefined;
  }

  #forget(pid: number): void {
    const stray = this.#strays.get(pid);
    if (stray !== undefined) this.#unwatch(stray);
    this.#strays.delete(pid);
  }
}
