import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { encodeFrame } from "../launcher/protocol/frame.ts";
import type { ProcessEnd, ProcessListener, ProcessRequestBody } from "../programs/process-starter.ts";
import type { WorkerMessage } from "./messages.ts";
import { processes, type WorkerAddress } from "./process-link.ts";
import type { WorkerEnd } from "./worker-link.ts";

const ENDED: ProcessEnd = {
  type: "exited",
  id: 1,
  pid: 1,
  exitCode: 7,
  signal: null,
  startedAt: 0,
  finishedAt: 0,
  stderr: { bytes: Buffer.from("last words"), totalBytes: 10, truncated: false },
};

/** A link whose process the test plays itself. */
async function setUp() {
  const started = Promise.withResolvers<{ address: WorkerAddress; process: ProcessListener }>();
  const messages: WorkerMessage[] = [];
  const ready = Promise.withResolvers<void>();
  const over = Promise.withResolvers<WorkerEnd>();
  const start = ({ stdin }: ProcessRequestBody, process: ProcessListener): number => {
    const address = JSON.parse(Buffer.from(stdin!).toString()) as WorkerAddress;
    started.resolve({ address, process });
    return 1;
  };
  processes(
    { start, kill: async () => {} },
    { backend: "b", sessionUid: "s" },
  )({
    message: (message) => {
      messages.push(message);
      ready.resolve();
    },
    ended: over.resolve,
  });
  const { address, process } = await started.promise;
  onTestFinished(() => process.ended(ENDED));
  return { address, process, messages, ready: ready.promise, over: over.promise };
}

async function dial({ path }: WorkerAddress, ...parts: readonly (string | Uint8Array)[]): Promise<Socket> {
  const socket = connect(path);
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  for (const part of parts) socket.write(part);
  return socket;
}

describe("the link to a worker process", () => {
  it("tells the process where it is and what to say by standard input, which nobody else reads", async () => {
    const { address } = await setUp();

    expect(address.place).toEqual({ backend: "b", sessionUid: "s" });
    expect(address.token).toMatch(/^[0-9a-f-]{36}$/);
    expect(existsSync(address.path)).toBe(true);
  });

  it.each([
    ["another token", "x".repeat(36)],
    ["what would break a parser", Buffer.alloc(100, 0xff)],
  ])("hangs up on a stranger who says %s, and goes on waiting for the worker", async (_, words) => {
    const { address, messages, ready } = await setUp();

    const stranger = await dial(address, words);
    await once(stranger.resume(), "close");
    await dial(address, address.token, encodeFrame("ready"));
    await ready;

    expect(messages).toEqual(["ready"]);
  });

  it("takes the token in pieces, and the first message along with it", async () => {
    const { address, messages, ready } = await setUp();

    const socket = await dial(address, address.token.slice(0, 10));
    socket.write(Buffer.concat([Buffer.from(address.token.slice(10)), encodeFrame("ready")]));
    await ready;

    expect(messages).toEqual(["ready"]);
  });

  it("leaves no socket in the file system once the worker has called", async () => {
    const { address, ready } = await setUp();
    await dial(address, address.token, encodeFrame("ready"));
    await ready;

    expect(existsSync(address.path)).toBe(false);
  });

  it("reads what the worker said last before it tells of its end", async () => {
    const { address, process, messages, ready, over } = await setUp();
    const socket = await dial(address, address.token, encodeFrame("ready"));
    await ready;

    process.ended(ENDED);
    socket.end(encodeFrame([1, "value"]));

    expect(await over).toEqual({ how: "ended with exit code 7", stderr: "last words" });
    expect(messages).toEqual(["ready", [1, "value"]]);
  });

  it("tells of a process that ended before it called", async () => {
    const { address, process, over } = await setUp();

    process.ended({ type: "failed", id: 1, code: "TASK_SPAWN_FAILED", message: "no memory" });

    expect(await over).toEqual({ how: "could not be started: no memory" });
    expect(existsSync(address.path)).toBe(false);
  });
});
