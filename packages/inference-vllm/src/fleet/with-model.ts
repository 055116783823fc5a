import type { Call } from "./call.ts";

/** A call that names no model as one that does; of bytes that somebody else wrote all others stay as they are. */
export function withModel(call: Call, model: string): Call {
  const { body, bytes } = call;
  return { ...call, body: { ...body, model }, bytes: bytes && insert(bytes, model, Object.keys(body).length > 0) };
}

/** Adds the model after the brace that begins the object. */
function insert(bytes: Uint8Array, model: string, more: boolean): Uint8Array {
  const begin = bytes.indexOf("{".charCodeAt(0)) + 1;
  const field = `"model":${JSON.stringify(model)}${more ? "," : ""}`;
  return Buffer.concat([bytes.subarray(0, begin), Buffer.from(field), bytes.subarray(begin)]);
}
