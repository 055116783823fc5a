import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "@rhapsody-internal/fixtures";

/** What the scripted `vllm` does; without anything it serves. */
export interface Script {
  /** Prints this and exits with 1 before it serves. */
  readonly dies?: string;
  /** Only from this start on, of those counted in `starts`. */
  readonly diesFrom?: number;
  /** Only when these are its GPUs. */
  readonly onlyOn?: string;
  /** Path of a file that counts its starts. */
  readonly starts?: string;
  /** Never serves. */
  readonly hangs?: boolean;
  /** Serves, but answers no request for text; with `embeddings`, none for vectors, and has no text. */
  readonly freezes?: boolean | "embeddings";
  /** Does not end by SIGTERM. */
  readonly stubborn?: boolean;
}

/** Path of a program that stands for `vllm`. */
export function scriptedVllm(): string {
  const path = join(temporaryDirectory(), "vllm");
  const program = join(import.meta.dirname, "scripted-vllm.ts");
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" --disable-warning=ExperimentalWarning "${program}" "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}
