import { errnoName, SHORTAGES, badOutputFile, spawnFailed, type StartFailure } from "../helper/start-failure.ts";
import type { OutputTarget, ProcessRequest } from "../process-request.ts";
import type { Libc } from "./libc.ts";

// linux/fcntl.h
const O_WRONLY = 0o1;
const O_RDWR = 0o2;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;
const O_NONBLOCK = 0o4000;
const F_SETFL = 4;
const NEW_FILE_MODE = 0o666;

/** The descriptors of one process to be: its own 0, 1 and 2, and the other ends of those that are pipes. */
export interface Stdio {
  readonly child: readonly [stdin: number, stdout: number, stderr: number];
  readonly input: number | undefined;
  readonly output: number | undefined;
  readonly error: number | undefined;
}

/** Opens what processes read from and write to. */
export class StdioOpener {
  readonly #libc: Libc;
  readonly #null: number;
  readonly #ends = new Int32Array(2);
  #opened: number[] = [];

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#null = libc.open("/dev/null", O_RDWR, 0);
    if (this.#null < 0) throw new Error(`/dev/null cannot be opened (${errnoName(libc.errno())})`);
  }

  /** Opens everything that a request names, or nothing. A string is the name of a shortage that passes. */
  open(request: ProcessRequest): Stdio | StartFailure | string {
    this.#opened = [];
    try {
      const stdin = request.stdin === undefined ? { child: this.#null } : this.#pipe("to child");
      const stdout = this.#target(request.stdout);
      const { stdout: first, stderr: second } = request;
      const sameFile = first.kind === "file" && second.kind === "file" && first.path === second.path;
      const stderr = sameFile ? stdout : this.#target(second);
      return {
        child: [stdin.child, stdout.child, stderr.child],
        input: stdin.parent,
        output: stdout.parent,
        error: stderr.parent,
      };
    } catch (thrown) {
      for (const fd of this.#opened) this.#libc.close(fd);
      if (!(thrown instanceof OpenFailure)) throw thrown;
      if (SHORTAGES.has(thrown.errno)) return thrown.errno;
      return thrown.path === undefined
        ? spawnFailed(request.executable, thrown.errno)
        : badOutputFile(thrown.path, thrown.errno);
    }
  }

  /** Closes the child's ends, which the child has copies of. */
  closeChildEnds(stdio: Stdio): void {
    for (const fd of new Set(stdio.child)) if (fd !== this.#null) this.#libc.close(fd);
  }

  /** Closes everything, for a process that did not come to be. */
  closeAll(stdio: Stdio): void {
    this.closeChildEnds(stdio);
    for (const fd of [stdio.input, stdio.output, stdio.error]) if (fd !== undefined) this.#libc.close(fd);
  }

  #target(target: OutputTarget): End {
    switch (target.kind) {
      case "none":
        return { child: this.#null };
      case "memory":
        return this.#pipe("from child");
      case "file": {
        const fd = this.#libc.open(target.path, O_WRONLY | O_CREAT | O_TRUNC, NEW_FILE_MODE);
        if (fd < 0) throw new OpenFailure(errnoName(this.#libc.errno()), target.path);
        this.#opened.push(fd);
        return { child: fd };
      }
    }
  }

  #pipe(direction: "to child" | "from child"): End {
    if (this.#libc.pipe(this.#ends) < 0) throw new OpenFailure(errnoName(this.#libc.errno()));
    const [read = -1, write = -1] = this.#ends;
    this.#opened.push(read, write);
    const end = direction === "to child" ? { child: read, parent: write } : { child: write, parent: read };
    // Of the two ends only ours: programs expect a blocking one.
    this.#libc.fcntl(end.parent, F_SETFL, O_NONBLOCK);
    return end;
  }
}

interface End {
  readonly child: number;
  readonly parent?: number;
}

class OpenFailure extends Error {
  readonly errno: string;
  readonly path: string | undefined;

  constructor(errno: string, path?: string) {
    super(errno);
    this.errno = errno;
    this.path = path;
  }
}
