import { request } from "undici";
import type { ReplicaAddress } from "../fleet/call.ts";

/** Longest time for the answer to a look, in milliseconds. */
export const LOOK_MS = 10_000;

/** What a server answers to a `GET`. */
export interface Seen {
  readonly status: number;
  readonly text: string;
}

/** Looks at what a server has below its base address, or with a leading slash beside it. @throws when there is no answer. */
export async function look(
  { url, apiKey, headers }: Omit<ReplicaAddress, "name">,
  path: string,
  signal: AbortSignal,
): Promise<Seen> {
  const at = path.startsWith("/") ? url.replace(/\/v1$/, "") + path : `${url}/${path}`;
  const { statusCode, body } = await request(at, {
    headers: { ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }), ...headers },
    signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS)]),
  });
  return { status: statusCode, text: await body.text() };
}
