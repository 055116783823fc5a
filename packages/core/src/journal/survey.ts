import { types } from "node:util";
import { isSecret } from "../task/secret.ts";
import { isTaskHandle } from "../task/task-handle.ts";

/** Key of the object that stands for a task among stored values; its value is the task's uid. */
export const TASK_KEY = "@rhapsody/task";

/** Deepest nesting that is kept. The engine writes values twice as deep as it can read back, about 1,600 levels. */
const MAX_DEPTH = 500;

/**
 * Walks over values and finds out what they can be kept as.
 *
 * What comes back has to be the same: JSON when that is so, else the format of `node:v8`; a value that neither gives back is refused. Plain objects
 * without a prototype come back with the usual one.
 */
export class Survey {
  /** True while JSON gives all values back as they are. */
  json = true;
  /** True once a task was among the values. */
  tasks = false;

  #takesTasks = false;
  readonly #path: string[] = [];
  #first: object | undefined = undefined;
  /** Structures met so far, when there is more than one. One met twice comes back twice from JSON, or never if it holds itself. */
  #seen: Set<object> | undefined = undefined;

  /**
   * Looks at one more value.
   *
   * @param name - What messages call it.
   * @param takesTasks - Whether tasks may stand for parts of it.
   * @throws TypeError that names the part which cannot be kept.
   */
  add(value: unknown, name: string, takesTasks = false): void {
    this.#takesTasks = takesTasks;
    this.#path.length = 0;
    this.#path.push(name);
    this.#visit(value);
  }

  #visit(value: unknown): void {
    switch (typeof value) {
      case "object":
        if (value !== null) this.#visitObject(value);
        return;
      case "number":
        if (!Number.isFinite(value) || Object.is(value, -0)) this.json = false;
        return;
      case "undefined":
      case "bigint":
        this.json = false;
        return;
      case "function":
      case "symbol":
        throw this.#refusal(`is a ${typeof value}`);
      case "string":
      case "boolean":
    }
  }

  #visitObject(value: object): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    const isRecord = prototype === Object.prototype || prototype === null;
    if (!isRecord && this.#takesTasks && isTaskHandle(value)) {
      this.tasks = true;
      return;
    }
    if (this.#isAgain(value)) {
      this.json = false;
      return;
    }
    if (this.#path.length > MAX_DEPTH) throw this.#refusal(`is nested deeper than ${MAX_DEPTH} levels`);
    if (isRecord) this.#visitRecord(value);
    else if (prototype === Array.prototype && Array.isArray(value)) this.#visitList(value);
    else this.#visitWhole(value, prototype);
  }

  #isAgain(value: object): boolean {
    if (this.#first === undefined) {
      this.#first = value;
      return false;
    }
    this.#seen ??= new Set([this.#first]);
    return this.#seen.size === this.#seen.add(value).size;
  }

  #visitRecord(record: object): void {
    if (Object.getOwnPropertySymbols(record).length > 0) throw this.#refusal("has a property under a symbol");
    for (const key of Object.keys(record)) {
      if (key === TASK_KEY && this.#takesTasks) throw this.#refusal(`has the key ${TASK_KEY}, which stands for a task`);
      this.#visitPart(Reflect.get(record, key), key);
    }
  }

  #visitList(list: readonly unknown[]): void {
    const keys = Object.keys(list);
    if (keys.length === list.length && (keys.length === 0 || keys.at(-1) === String(list.length - 1))) {
      for (let index = 0; index < list.length; index += 1) this.#visitPart(list[index], index);
      return;
    }
    // It has holes, or properties besides its items.
    this.json = false;
    for (const key of keys) this.#visitPart(Reflect.get(list, key), key);
  }

  #visitPart(part: unknown, key: string | number): void {
    // Text is most of what there is.
    if (typeof part === "string" || typeof part === "boolean" || part === null) return;
    this.#path.push(typeof key === "number" ? `[${key}]` : nameOf(key));
    this.#visit(part);
    this.#path.pop();
  }

  /** Looks at an object that is no plain one: only those that `node:v8` builds anew with the same nature can be kept. */
  #visitWhole(value: object, prototype: unknown): void {
    this.json = false;
    const isGenuine = wholes.get(prototype);
    if (isGenuine === undefined || !isGenuine(value)) throw this.#refusal(natureOf(value));
    if (ArrayBuffer.isView(value)) return;
    const [own] = Object.keys(value);
    if (own !== undefined) throw this.#refusal(`has a property ${own} of its own, which would be lost`);
    // Tasks are replaced by their values in lists and plain objects only.
    const takesTasks = this.#takesTasks;
    this.#takesTasks = false;
    if (value instanceof Map) {
      let index = 0;
      for (const [key, part] of value) {
        this.#visitPart(key, `key ${index}`);
        this.#visitPart(part, typeof key === "string" ? key : `value ${index}`);
        index += 1;
      }
    } else if (value instanceof Set) {
      let index = 0;
      for (const part of value) this.#visitPart(part, index++);
    } else if (value instanceof Error) {
      this.#visitPart(value.cause, "cause");
    }
    this.#takesTasks = takesTasks;
  }

  #refusal(problem: string): TypeError {
    return new TypeError(`${this.#path.join("")} ${problem}`);
  }
}

/** Prototypes of objects that `node:v8` gives back as they were, each with the check that an object is one by birth. */
const wholes: ReadonlyMap<unknown, (value: unknown) => boolean> = new Map<unknown, (value: unknown) => boolean>([
  [Map.prototype, types.isMap],
  [Set.prototype, types.isSet],
  [Date.prototype, types.isDate],
  [RegExp.prototype, types.isRegExp],
  [ArrayBuffer.prototype, types.isArrayBuffer],
  [DataView.prototype, types.isDataView],
  ...[Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    ({ prototype }) => [prototype, types.isNativeError] as const,
  ),
  ...[
    Buffer,
    Uint8Array,
    Uint8ClampedArray,
    Uint16Array,
    Uint32Array,
    Int8Array,
    Int16Array,
    Int32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map(({ prototype }) => [prototype, types.isTypedArray] as const),
]);

function natureOf(value: object): string {
  if (isSecret(value)) return "is a secret, which only `environment` takes";
  if (isTaskHandle(value)) return "is a task";
  if (types.isPromise(value)) return "is a promise: await it first";
  const name: unknown = Reflect.get(Object(Reflect.get(value, "constructor")), "name");
  const kind =
    typeof name === "string" && name !== "" ? `an instance of ${name}` : "an object with a prototype of its own";
  return `is ${kind}, which would not come back as one`;
}

function nameOf(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
