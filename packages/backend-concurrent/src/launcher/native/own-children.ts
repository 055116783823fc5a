import type { Libc } from "./libc.ts";
import { parsePids } from "./process-tree.ts";

// linux/prctl.h
const PR_SET_CHILD_SUBREAPER = 36;
const READ_BYTES = 65_536;
const O_RDONLY = 0;

/**
 * The children of this process, adopted ones included.
 *
 * As a subreaper this process, and not init, becomes the parent of every descendant whose own parent ended. So all that its tasks ever
 * started are below it, and a process that is alive after its task ended is its child, or below one that is.
 */
export class OwnChildren {
  readonly #libc: Libc;
  readonly #file: number;
  readonly #buffer = Buffer.alloc(READ_BYTES);

  /** @throws Error when the kernel cannot do this. */
  constructor(libc: Libc) {
    this.#libc = libc;
    // Adopted children, too, are listed with the main thread, whose id is the process's.
    this.#file = libc.open(`/proc/self/task/${process.pid}/children`, O_RDONLY, 0);
    if (this.#file < 0) throw new Error("the kernel does not list children (CONFIG_PROC_CHILDREN)");
    if (libc.prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) throw new Error("the kernel does not let a process adopt orphans");
  }

  list(): readonly number[] {
    let text = "";
    let offset = 0;
    for (;;) {
      const count = this.#libc.pread(this.#file, this.#buffer, READ_BYTES, offset);
      if (count <= 0) return parsePids(text);
      text += this.#buffer.toString("latin1", 0, count);
      offset += count;
    }
  }
}
