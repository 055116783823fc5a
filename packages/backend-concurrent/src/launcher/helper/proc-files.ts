import { readdirSync, readFileSync } from "node:fs";

/** A file of `/proc`; `undefined` when the process is gone or not ours to read. */
export function readProcFile(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

/** Names in a directory of `/proc` that are numbers, as numbers; none when it is gone. */
export function numbersInProc(path: string): readonly number[] {
  try {
    return readdirSync(path).map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}
