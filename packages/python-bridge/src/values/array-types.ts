/** Typed arrays of JavaScript that have a counterpart in Python. */
export type NumberArray =
  | Int8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

interface ArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, offset: number, length: number): NumberArray | Uint8Array;
}

/** Constructors by NumPy's name of the element type, without byte order. */
export const ARRAY_TYPES: ReadonlyMap<string, ArrayConstructor> = new Map<string, ArrayConstructor>([
  ["i1", Int8Array],
  ["u1", Uint8Array],
  ["i2", Int16Array],
  ["u2", Uint16Array],
  ["i4", Int32Array],
  ["u4", Uint32Array],
  ["f4", Float32Array],
  ["f8", Float64Array],
  ["i8", BigInt64Array],
  ["u8", BigUint64Array],
]);

/** NumPy's names by the `Symbol.toStringTag` of a typed array. Bytes are not among them: they have a tag of their own. */
export const ARRAY_NAMES: ReadonlyMap<string, string> = new Map([
  ["Int8Array", "i1"],
  ["Int16Array", "i2"],
  ["Uint16Array", "u2"],
  ["Int32Array", "i4"],
  ["Uint32Array", "u4"],
  ["Float32Array", "f4"],
  ["Float64Array", "f8"],
  ["BigInt64Array", "i8"],
  ["BigUint64Array", "u8"],
]);
