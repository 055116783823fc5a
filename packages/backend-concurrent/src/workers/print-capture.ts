import { AsyncLocalStorage } from "node:async_hooks";
import type { Prints } from "./prints.ts";

const current = new AsyncLocalStorage<Prints>();

/** Runs a function such that all it prints, now or later, goes to `prints`. */
export function runPrinting<T>(prints: Prints, run: () => T): T {
  return current.run(prints, run);
}

/** Takes over the output streams of this thread or process. What is printed outside of {@link runPrinting} is dropped. */
export function capturePrints(): void {
  for (const stream of ["stdout", "stderr"] as const) {
    process[stream].write = (
      chunk: string | Uint8Array,
      encoding?: BufferEncoding | Callback,
      callback?: Callback,
    ): boolean => {
      const text = typeof encoding === "string" ? encoding : "utf8";
      current.getStore()?.write(stream, typeof chunk === "string" ? Buffer.from(chunk, text) : chunk);
      const done = typeof encoding === "function" ? encoding : callback;
      if (done !== undefined) process.nextTick(done);
      return true;
    };
  }
}

type Callback = (error?: Error | null) => void;
