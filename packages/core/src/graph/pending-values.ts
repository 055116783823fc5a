import { isTaskHandle, type TaskHandle } from "../task/task-handle.ts";
import { isFlat, partsOf, pushParts, replaceParts } from "./replace-parts.ts";

/**
 * Calls `found` for each task inside a value: in lists and plain objects, at any depth, each structure once.
 *
 * Like {@link replaceHandles} it keeps a stack of its own, since values may be nested deeper than calls may be.
 */
export function findHandles(value: unknown, found: (handle: TaskHandle) => void): void {
  if (isFlat(value)) return;
  const seen = new Set<object>();
  const open: unknown[] = [value];
  while (open.length > 0) {
    const part = open.pop();
    if (typeof part !== "object" || part === null || seen.has(part)) continue;
    if (isTaskHandle(part)) {
      found(part);
      continue;
    }
    const inner = partsOf(part);
    if (inner === undefined) continue;
    seen.add(part);
    pushParts(open, inner);
  }
}

/** A copy of a value with each task inside replaced; structures without tasks are not copied. */
export function replaceHandles(value: unknown, valueOf: (handle: TaskHandle) => unknown): unknown {
  return replaceParts(value, (part) => (isTaskHandle(part) ? { value: valueOf(part) } : undefined));
}
