import { numbersInProc } from "../helper/proc-files.ts";
import type { Libc } from "./libc.ts";

// linux/fcntl.h
const O_RDONLY = 0;
const F_SETFD = 2;
const FD_CLOEXEC = 1;

/** Opens process descriptors, with one descriptor always held in reserve: a process that runs must not go unwatched for want of one. */
export class Descriptors {
  readonly #libc: Libc;
  #spare = -1;

  /** @throws Error when the kernel has no process descriptors (before Linux 5.3, or forbidden in a sandbox). */
  constructor(libc: Libc) {
    this.#libc = libc;
    const own = libc.pidfdOpen(process.pid);
    if (own < 0) throw new Error("the kernel has no process descriptors (pidfd_open)");
    libc.close(own);
    // What the host inherited from whoever started it, a pipe of a job server for one, is not for its tasks to hold open.
    for (const fd of numbersInProc("/proc/self/fd")) libc.fcntl(fd, F_SETFD, FD_CLOEXEC);
  }

  /** Makes sure that the next {@link pidfd} succeeds; false when no descriptor is left. */
  reserve(): boolean {
    if (this.#spare < 0) this.#spare = this.#libc.open("/dev/null", O_RDONLY, 0);
    return this.#spare >= 0;
  }

  /** A descriptor that can be read when the process, a child of this one, has ended. */
  pidfd(pid: number): number {
    const fd = this.#libc.pidfdOpen(pid);
    if (fd >= 0) return fd;
    this.#libc.close(this.#spare);
    this.#spare = -1;
    const second = this.#libc.pidfdOpen(pid);
    if (second < 0) throw new Error(`pidfd_open failed with errno ${this.#libc.errno()}`);
    return second;
  }
}
