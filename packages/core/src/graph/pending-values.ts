import { isTaskHandle, type TaskHandle } from "../task/task-handle.ts";

/** Calls `found` for each task inside a value: in lists and plain objects, at any depth, each structure once. */
export function findHandles(value: unknown, found: (handle: TaskHandle) => void, seen: Set<object> = new Set()): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  if (isTaskHandle(value)) return found(value);
  const parts = partsOf(value);
  if (parts === undefined) return;
  seen.add(value);
  for (const part of parts) findHandles(part, found, seen);
}

/** A copy of a value with each task inside replaced; structures without tasks are not copied. */
export function replaceHandles(value: unknown, valueOf: (handle: TaskHandle) => unknown): unknown {
  let any = false;
  findHandles(value, () => (any = true));
  return any ? copy(value, valueOf, new Map()) : value;
}

function copy(value: unknown, valueOf: (handle: TaskHandle) => unknown, copies: Map<object, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isTaskHandle(value)) return valueOf(value);
  const parts = partsOf(value);
  if (parts === undefined) return value;
  const earlier = copies.get(value);
  if (earlier !== undefined) return earlier;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    copies.set(value, list);
    for (const part of value) list.push(copy(part, valueOf, copies));
    return list;
  }
  const object: Record<string, unknown> = {};
  copies.set(value, object);
  for (const [key, part] of Object.entries(value)) {
    // `__proto__` as a key must become a property, not the prototype.
    Object.defineProperty(object, key, {
      value: copy(part, valueOf, copies),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return object;
}

/** The values inside a list or plain object; `undefined` for anything with a nature of its own. */
function partsOf(value: object): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[];
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.values(value) : undefined;
}
