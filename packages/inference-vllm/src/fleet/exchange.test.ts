import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { exchange, type AnswerTaker } from "./exchange.ts";

/** A server that answers as told, and a connection to it, at most one at a time. */
async function serve(
  answer: (response: ServerResponse) => void,
): Promise<{ readonly pool: Pool; readonly server: Server }> {
  const server = createServer((_, response) => answer(response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 1 });
  onTestFinished(async () => {
    await pool.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { pool, server };
}

const request = { path: "/", method: "POST", body: "{}" } as const;

function taker(rest: Partial<AnswerTaker>): AnswerTaker {
  return { signal: undefined, onHead: () => {}, onData: () => undefined, ...rest };
}

describe("exchange", () => {
  it("reads no further while a piece is being taken", async () => {
    const { pool } = await serve((response) => {
      response.write("a");
      setImmediate(() => response.end("b"));
    });
    const taken = Promise.withResolvers<void>();
    const seen: string[] = [];

    const done = exchange(
      pool,
      request,
      taker({
        onData: (chunk) => {
          seen.push(String(chunk));
          if (seen.length > 1) return undefined;
          setImmediate(taken.resolve);
          return taken.promise.then(() => seen.push("taken"));
        },
      }),
    );
    await done;

    expect(seen).toEqual(["a", "taken", "b"]);
  });

  it("ends when no more is wanted, and breaks the connection of an answer that goes on", async () => {
    const { pool, server } = await serve((response) => void response.write("a"));
    const gone = new Promise((resolve) =>
      server.once("connection", (socket) => socket.once("close", () => resolve("gone"))),
    );

    await exchange(pool, request, taker({ onData: () => false }));

    expect(await gone).toBe("gone");
  });

  it("takes nothing once no more is wanted, and keeps the connection of an answer that comes to its end", async () => {
    // However long the machine takes over it.
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const rest = Promise.withResolvers<ServerResponse>();
    const { pool, server } = await serve((response) => {
      response.write("a");
      rest.resolve(response);
    });
    const seen: string[] = [];
    let connections = 0;
    server.on("connection", () => (connections += 1));
    const onData: AnswerTaker["onData"] = (chunk) => {
      seen.push(String(chunk));
      return false;
    };

    await exchange(pool, request, taker({ onData }));
    (await rest.promise).end("b");
    await exchange(pool, request, taker({ onData }));

    expect(seen).toEqual(["a", "a"]);
    expect(connections).toBe(1);
  });

  it.each([
    ["before it began", () => AbortSignal.abort(new Error("enough"))],
    ["with something that is no error", () => AbortSignal.abort("enough")],
  ])("rejects with the reason when it is aborted %s", async (_, signal) => {
    const { pool } = await serve((response) => void response.end("a"));

    const refusal: unknown = await exchange(pool, request, taker({ signal: signal() })).catch(
      (error: unknown) => error,
    );

    expect(refusal instanceof Error ? refusal.message : refusal).toBe("enough");
  });

  it("rejects with what the taker throws, at once or later", async () => {
    const { pool } = await serve((response) => void response.write("a"));
    const atOnce = (): never => {
      throw new Error("not like this");
    };

    await expect(exchange(pool, request, taker({ onData: atOnce }))).rejects.toThrow("not like this");
    const later = Promise.reject(new Error("nor like this"));
    later.catch(() => {});
    await expect(exchange(pool, request, taker({ onData: () => later }))).rejects.toThrow("nor like this");
  });
});
