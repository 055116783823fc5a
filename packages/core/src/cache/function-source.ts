import type { Callable } from "../task/function-reference.ts";

/** The source text of a function; `undefined` for functions that do not show theirs: bound ones, and those of the engine. */
export function sourceOf(call: Callable): string | undefined {
  const source = Function.prototype.toString.call(call);
  return /\{\s*\[native code\]\s*\}\s*$/.test(source) ? undefined : source;
}
