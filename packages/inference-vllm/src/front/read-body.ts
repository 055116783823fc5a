import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { isObject, type JsonObject } from "../fleet/read-json.ts";
import { badRequest, bodyTooLarge, wrongContent } from "./problem.ts";

/** The body of a request, as it came and read. */
export interface RequestBody {
  readonly bytes: Uint8Array;
  readonly body: JsonObject;
}

/** Reads a body that is a JSON object. @throws `Problem` for any other, and for one that is too large. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<RequestBody> {
  const {
    "content-type": type = "",
    "content-encoding": encoding = "identity",
    "content-length": length,
  } = request.headers;
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw wrongContent("the body must be JSON: send `Content-Type: application/json`");
  if (encoding !== "identity") throw wrongContent("the body must not be compressed: send no `Content-Encoding`");
  if (Number(length) > maxBytes) throw bodyTooLarge(maxBytes);
  const bytes = await readBytes(request, maxBytes);
  if (!isUtf8(bytes)) throw badRequest("the body is not UTF-8");
  const body = parse(bytes.toString());
  if (!isObject(body)) throw badRequest("the body must be a JSON object");
  return { bytes, body };
}

/** Listens instead of iterating, which would break the connection when it stops before the end, and the answer with it. */
function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      // What follows is read and dropped, so that the client comes to the answer.
      if (size <= maxBytes) return void chunks.push(chunk);
      chunks.length = 0;
      reject(bodyTooLarge(maxBytes));
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", reject);
    request.once("close", () => reject(badRequest("the body broke off")));
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}
