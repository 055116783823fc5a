import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";

// Below those that systems give out unasked: one of these may be somebody's before the program listens that is told it.
const FIRST = 20_000;
const END = 32_000;

/** Ports of loopback that are free at this moment, for programs that have to be told theirs. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = new Map<number, Server>();
  try {
    while (servers.size < count) {
      const port = randomInt(FIRST, END);
      const server = createServer().listen(port, "127.0.0.1");
      if (await listens(server)) servers.set(port, server);
    }
    return [...servers.keys()];
  } finally {
    for (const server of servers.values()) server.close();
  }
}

async function listens(server: Server): Promise<boolean> {
  try {
    await once(server, "listening");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return false;
    throw error;
  }
}
