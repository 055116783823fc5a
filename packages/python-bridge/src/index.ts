export { decodeValue } from "./values/decode-value.ts";
export { encodeValue } from "./values/encode-value.ts";
export { ValueError } from "./values/value-error.ts";
