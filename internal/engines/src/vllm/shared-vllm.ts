import { createConnection } from "node:net";
import { text } from "node:stream/consumers";
import { startVllm, type Vllm } from "./vllm.ts";

/** Path of the socket where a run of tests tells where its server is: see `share-vllm.ts`. */
export const SOCKET_VARIABLE = "RHAPSODY_TEST_VLLM_SOCKET";

/** What is told there: the server, or why there is none. */
export type Told = Vllm | { readonly error: string };

let own: Promise<Vllm> | undefined;

/**
 * The one vLLM server of a run of tests, for all of its files and processes: started by the first call, ended with the run. Whoever stops or kills
 * servers starts their own by `startVllm`.
 *
 * Its project has `SHARES_VLLM` in its `vitest.config.ts`; elsewhere the server is this process's. A server that is running already is used when
 * `RHAPSODY_TEST_VLLM_URL` names its base address, `http://host:port/v1`; its model has to be the one of tests and called `tiny`.
 *
 * Takes minutes: call it in a hook that allows `VLLM_START_MS`.
 */
export function sharedVllm(): Promise<Vllm> {
  const { RHAPSODY_TEST_VLLM_URL: url, [SOCKET_VARIABLE]: socket } = process.env;
  if (url !== undefined && url !== "") return Promise.resolve({ url, model: "tiny" });
  own ??= socket === undefined ? startVllm() : ask(socket);
  // The next call may have more luck.
  own.catch(() => (own = undefined));
  return own;
}

async function ask(path: string): Promise<Vllm> {
  // What the other end writes, one JSON value.
  const told = JSON.parse(await text(createConnection(path))) as Told;
  if ("error" in told) throw new Error(told.error);
  return told;
}
