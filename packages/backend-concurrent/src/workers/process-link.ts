import { randomUUID } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Place } from "../functions/function-context.ts";
import { encodeFrame, FrameReader } from "../launcher/protocol/frame.ts";
import { decodeOutput } from "../programs/decode-output.ts";
import type { ProcessEnd, ProcessStarter } from "../programs/process-starter.ts";
import type { HostMessage, WorkerMessage } from "./messages.ts";
import { inheritedNodeOptions } from "./node-options.ts";
import { workerFile } from "./worker-file.ts";
import type { StartWorker, WorkerEnd, WorkerLink, WorkerListener } from "./worker-link.ts";

/** How much of what a worker printed outside of functions is kept for telling of its death. */
const STDERR_BYTES = 16 * 1024;

/** Longest path of a socket that every system takes: sun_path has 104 bytes on macOS, 108 on Linux. */
const MAX_SOCKET_PATH = 100;

/** Longest delay of a timer. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** What a worker process reads from its standard input: where its host listens, and what to say there first. */
export interface WorkerAddress {
  readonly path: string;
  readonly token: string;
  readonly place: Place;
}

/**
 * Starts worker processes through the launcher: they end with the host, whatever happens to it, and all that a function started ends with its worker.
 *
 * `fork` gives neither, and a terminal's Ctrl-C would reach a forked process.
 */
export function processes(starter: Starter, place: Place): StartWorker {
  return (listener) => new ProcessLink(starter, place, listener);
}

/** What starts the processes. */
type Starter = Pick<ProcessStarter, "start" | "kill">;

class ProcessLink implements WorkerLink {
  readonly #starter: Starter;
  readonly #listener: WorkerListener;
  readonly #server: Server;
  readonly #token = randomUUID();
  #socket: Socket | undefined;
  #id: number | undefined;
  /** Keeps this process alive while the worker is busy, also between the end of its socket and word of its own end. */
  readonly #lifeline = setInterval(() => {}, MAX_DELAY_MS);
  #ending = false;

  constructor(starter: Starter, place: Place, listener: WorkerListener) {
    this.#starter = starter;
    this.#listener = listener;
    this.#server = createServer((socket) => this.#meet(socket));
    this.#server.once("error", (error) => this.#over({ how: `could not be given a socket: ${error.message}` }));
    const path = socketPath();
    this.#server.listen(path, () => this.#start({ path, token: this.#token, place }));
  }

  send(message: HostMessage): void {
    this.#socket?.write(encodeFrame(message));
  }

  async end(graceMs: number): Promise<boolean> {
    this.#ending = true;
    if (this.#id !== undefined) await this.#starter.kill([this.#id], graceMs);
    return true;
  }

  hold(held: boolean): void {
    if (held) this.#lifeline.ref();
    else this.#lifeline.unref();
  }

  #start(address: WorkerAddress): void {
    if (this.#ending) return this.#over({ how: "was not needed" });
    this.#id = this.#starter.start(
      {
        executable: process.execPath,
        arguments: [...inheritedNodeOptions(process.execArgv), fileURLToPath(workerFile("worker-process"))],
        environment: {},
        stdin: Buffer.from(JSON.stringify(address)),
        stdout: { kind: "none" },
        stderr: { kind: "memory", maxBytes: STDERR_BYTES },
        // While it is busy, the lifeline keeps this process alive.
        background: true,
      },
      { ended: (end) => this.#ended(end) },
    );
  }

  /** Anyone may connect who finds the socket; only the worker knows the token, which comes first. */
  #meet(socket: Socket): void {
    const reader = new FrameReader();
    let hello: Buffer | undefined = Buffer.alloc(0);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      if (hello === undefined) return this.#read(reader, chunk);
      hello = Buffer.concat([hello, chunk]);
      if (hello.length < this.#token.length) return;
      const rest = hello.subarray(this.#token.length);
      if (this.#socket !== undefined || hello.toString("latin1", 0, this.#token.length) !== this.#token) {
        socket.destroy();
        return;
      }
      hello = undefined;
      this.#socket = socket;
      this.#server.close();
      socket.unref();
      this.#read(reader, rest);
    });
  }

  #read(reader: FrameReader, chunk: Buffer): void {
    // The peer has shown that it is our own entry, and that sends nothing else.
    for (const message of reader.push(chunk)) this.#listener.message(message as WorkerMessage);
  }

  /** The process is gone; what it sent before may still have to be read. */
  #ended(end: ProcessEnd): void {
    const socket = this.#socket;
    if (socket === undefined || socket.closed) return this.#over(toWorkerEnd(end));
    socket.once("close", () => this.#over(toWorkerEnd(end)));
    // A message to the dead may have ended the writing side with an error already.
    if (!socket.readable) socket.destroy();
  }

  #over(end: WorkerEnd): void {
    clearInterval(this.#lifeline);
    this.#server.close();
    this.#socket?.destroy();
    this.#listener.ended(end);
  }
}

function toWorkerEnd(end: ProcessEnd): WorkerEnd {
  if (end.type === "dropped") return { how: "was stopped before it ran" };
  if (end.type === "failed") return { how: `could not be started: ${end.message}` };
  const { exitCode, signal, stderr } = end;
  const text = stderr === undefined ? "" : decodeOutput(stderr.bytes, stderr.truncated);
  return {
    how: signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`,
    ...(text !== "" && { stderr: text }),
  };
}

function socketPath(): string {
  const name = `rhapsody-${randomUUID()}.sock`;
  const path = join(tmpdir(), name);
  return path.length <= MAX_SOCKET_PATH ? path : join("/tmp", name);
}
