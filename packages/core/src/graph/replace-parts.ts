/** What to put in the place of a part of a value; `undefined` leaves the part, and looks into it. */
export type Replace = (part: object) => { readonly value: unknown } | undefined;

/**
 * A copy of a value with parts replaced: in lists and plain objects, at any depth. Structures in which nothing is replaced are not copied.
 *
 * For authors of layers over a session. Keeps a stack of its own, since values may be nested deeper than calls may be; values that hold themselves keep their shape.
 */
export function replaceParts(value: unknown, replace: Replace): unknown {
  if (isFlat(value)) return value;
  const found = new Map<object, { readonly value: unknown }>();
  const seen = new Set<object>();
  const open: unknown[] = [value];
  while (open.length > 0) {
    const part = open.pop();
    if (typeof part !== "object" || part === null || seen.has(part)) continue;
    seen.add(part);
    const replacement = replace(part);
    if (replacement !== undefined) found.set(part, replacement);
    else pushParts(open, partsOf(part));
  }
  return found.size === 0 ? value : copy(value, found);
}

function copy(value: unknown, found: ReadonlyMap<object, { readonly value: unknown }>): unknown {
  const copies = new Map<object, object>();
  /** Structures whose copies are yet to be filled. */
  const open: object[] = [];
  const copyOf = (part: unknown): unknown => {
    if (typeof part !== "object" || part === null) return part;
    const replacement = found.get(part);
    if (replacement !== undefined) return replacement.value;
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

/** Whether a value is a list without a structure in it, which takes no walk to know. */
export function isFlat(value: unknown): boolean {
  return Array.isArray(value) && !value.some((part) => typeof part === "object" && part !== null);
}

/** The values inside a list or plain object; `undefined` for anything with a nature of its own, which is taken whole. */
export function partsOf(value: object): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[];
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? Object.values(value) : undefined;
}

/** Adds what is to be looked into to a stack: backwards, so that what comes first is taken first. */
export function pushParts(stack: unknown[], parts: readonly unknown[] = []): void {
  for (let index = parts.length - 1; index >= 0; index -= 1) {
    if (typeof parts[index] === "object") stack.push(parts[index]);
  }
}
