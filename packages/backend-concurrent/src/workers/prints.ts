import { closeSync, openSync, writeSync } from "node:fs";
import { describeThrown } from "../functions/describe-thrown.ts";
import { TailBuffer } from "../launcher/helper/tail-buffer.ts";
import { decodeOutput } from "../programs/decode-output.ts";
import { CallError } from "./call-error.ts";
import type { Printed, PrintTarget } from "./messages.ts";

/** What one call prints. */
export interface Prints {
  write(stream: PrintStream, bytes: Uint8Array): void;
  /** Takes no more; gives what was printed, if it was kept in memory and there was something. */
  close(): Printed | undefined;
}

/** The streams that a function can print to. */
export type PrintStream = "stdout" | "stderr";

/** @throws CallError `TASK_SPAWN_FAILED` when a file cannot be written. */
export function openPrints(target: PrintTarget): Prints {
  if (typeof target === "number") return new MemoryPrints(target);
  return target === "none" ? noPrints : new FilePrints(target.stdout, target.stderr);
}

const noPrints: Prints = { write: () => {}, close: () => undefined };

class MemoryPrints implements Prints {
  readonly #maxBytes: number;
  #stdout: TailBuffer | undefined;
  #stderr: TailBuffer | undefined;
  #closed = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  write(stream: PrintStream, bytes: Uint8Array): void {
    if (this.#closed) return;
    if (stream === "stdout") (this.#stdout ??= new TailBuffer(this.#maxBytes)).push(bytes);
    else (this.#stderr ??= new TailBuffer(this.#maxBytes)).push(bytes);
  }

  close(): Printed | undefined {
    this.#closed = true;
    const stdout = this.#stdout?.captured();
    const stderr = this.#stderr?.captured();
    if (stdout === undefined && stderr === undefined) return undefined;
    return {
      stdout: stdout === undefined ? "" : decodeOutput(stdout.bytes, stdout.truncated),
      stderr: stderr === undefined ? "" : decodeOutput(stderr.bytes, stderr.truncated),
      truncated: stdout?.truncated === true || stderr?.truncated === true,
    };
  }
}

class FilePrints implements Prints {
  readonly #files: Readonly<Record<PrintStream, number>>;
  #closed = false;

  constructor(stdout: string, stderr: string) {
    this.#files = { stdout: open(stdout), stderr: open(stderr) };
  }

  write(stream: PrintStream, bytes: Uint8Array): void {
    if (!this.#closed) writeSync(this.#files[stream], bytes);
  }

  close(): undefined {
    this.#closed = true;
    closeSync(this.#files.stdout);
    closeSync(this.#files.stderr);
  }
}

function open(path: string): number {
  try {
    return openSync(path, "w");
  } catch (cause) {
    const message = `output file ${path} cannot be written (${describeThrown(cause)})`;
    throw new CallError("TASK_SPAWN_FAILED", message, { cause });
  }
}
