import { existsSync, readFileSync, watch } from "node:fs";
import { dirname } from "node:path";

/** Network file systems send no events for what other machines write. */
const LOOK_AGAIN_MS = 250;

/** Resolves with the text of a file once it is there. Writers must create it in one step, by renaming. */
export function untilFile(path: string, timeoutMs: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const look = (): void => {
    if (existsSync(path)) stop(() => resolve(readFileSync(path, "utf8")));
  };
  const watcher = watch(dirname(path), look);
  const again = setInterval(look, LOOK_AGAIN_MS);
  const timer = setTimeout(
    () => stop(() => reject(new Error(`waited ${timeoutMs} ms for a task to write ${path}`))),
    timeoutMs,
  );
  const stop = (settle: () => void): void => {
    watcher.close();
    clearInterval(again);
    clearTimeout(timer);
    settle();
  };
  look();
  return promise;
}
