import { isTaskHandle, type TaskHandle } from "../task/task-handle.ts";

/**
 * Calls `found` for each task inside a value: in lists and plain objects, at any depth, each structure once.
 *
 * Like {@link replaceHandles} it keeps a stack of its own, since values may be nested deeper than calls may be.
 */
export function findHandles(value: unknown, found: (handle: TaskHandle) => void): void {
  if (Array.isArray(value) && !value.some((part) => typeof part === "object" && part !== null)) return;
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
    // Backwards, so that what comes first is taken first.
    for (let index = inner.length - 1; index >= 0; index -= 1) {
      if (typeof inner[index] === "object") open.push(inner[index]);
    }
  }
}

/** A copy of a value with each task inside replaced; structures without tasks are not copied. */
export function replaceHandles(value: unknown, valueOf: (handle: TaskHandle) => unknown): unknown {
  let any = false;
  findHandles(value, () => (any = true));
  return any ? copy(value, valueOf) : value;
}

function copy(value: unknown, valueOf: (handle: TaskHandle) => unknown): unknown {
  const copies = new Map<object, object>();
  /** Structures whose copies are yet to be filled. */
  const open: object[] = [];
  const copyOf = (part: unknown): unknown => {
    if (typeof part !== "object" || part === null) return part;
    if (isTaskHandle(part)) return valueOf(part);
    const earlier = copies.get(part);
    if (earlier !== undefined) return earlier;
    if (partsOf(part) === undefined) return part;
    const empty = Array.isArray(part) ? [] : bare(part);
    copies.set(part, empty);
    open.push(part);
    return empty;
  };
  const whole = copyOf(value);
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const target = copies.get(part);
    if (target !== undefined) fill(target, part, copyOf);
  }
  return whole;
}

function fill(target: object, part: object, copyOf: (inner: unknown) => unknown): void {
  if (Array.isArray(target) && Array.isArray(part)) {
    for (const inner of part) target.push(copyOf(inner));
    return;
  }
  for (const [key, inner] of Object.entries(part)) {
    // `__proto__` as a key must become a property, not the prototype.
    const property = { value: copyOf(inner), writable: true, enumerable: true, configurable: true };
    Object.defineProperty(target, key, property);
  }
}

/** An empty object with a plain object's prototype, which may be none. */
function bare(plain: object): object {
  return Object.setPrototypeOf({}, Object.getPrototypeOf(plain) as object | null) as object;
}

/** The values inside a list or plain object; `undefined` for anything with a nature of its own. */
function partsOf(value: object): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[];
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.values(value) : undefined;
}
