import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { Scratch } from "./scratch.ts";

/** A Unix socket that waits for one sidecar. */
export interface Listening {
  /** Absolute path of the socket. */
  readonly path: string;
  /** Resolves with the first connection. */
  readonly connected: Promise<Socket>;
  /** Stops listening; a connection that was made stays. */
  close(): void;
}

/**
 * Listens in a directory that only this user may enter, so whoever connects is this user.
 *
 * @throws whatever listening throws, e.g. when the directory's path is longer than the address of a socket may be.
 */
export async function listenForSidecar(scratch: Scratch): Promise<Listening> {
  const path = join(scratch.path, "channel");
  const server = createServer();
  const connected = Promise.withResolvers<Socket>();
  server.once("connection", connected.resolve);
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject).listen(path, listening.resolve);
  await listening.promise;
  return { path, connected: connected.promise, close: () => void server.close() };
}
