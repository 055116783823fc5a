import { join } from "node:path";
import type { TaskAttempt } from "@rhapsody/core";

/** The files for the output of an attempt with `capture: "file"`. Uids are safe as file names. */
export function outputFiles(
  directory: string,
  { uid, attempt }: TaskAttempt,
): { readonly stdout: string; readonly stderr: string } {
  const name = attempt === 1 ? uid : `${uid}.${attempt}`;
  return { stdout: join(directory, `${name}.stdout`), stderr: join(directory, `${name}.stderr`) };
}
