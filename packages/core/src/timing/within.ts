import { MAX_TIMEOUT_MS } from "./deadlines.ts";

/** What a promise settles to, or `"late"` once `ms` have passed. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | "late"> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), Math.min(ms, MAX_TIMEOUT_MS));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
