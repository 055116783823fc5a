import { spawn, type ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { helperFile } from "./helper-file.ts";
import { encodeFrame, FrameReader } from "./protocol/frame.ts";
import { CONTROL_FD, type EngineChoice, type HelperMessage, type HostMessage } from "./protocol/message.ts";

/** Requests in one message at most; messages stay here, as objects, while the socket's buffer is full. */
const BATCH_REQUESTS = 64;
/** How much of what the helper printed is kept for telling of its death. */
const STDERR_CHARACTERS = 4000;
/** Variables that would change, slow down or stop a Node process; the helper's tasks get them all the same. */
const HOST_ONLY_VARIABLES = new Set(["NODE_OPTIONS", "NODE_V8_COVERAGE", "NODE_CHANNEL_FD", "NODE_DEBUG"]);

/** What a {@link HelperConnection} calls. */
export interface HelperListener {
  receive(message: HelperMessage): void;
  /**
   * The helper is gone and its last message was received; the first call counts.
   *
   * @param how - How it ended in words, `undefined` for an orderly end.
   * @param killed - Whether a signal ended it.
   */
  ended(how: string | undefined, killed: boolean): void;
}

/** The host's side of the channel: owns the helper process, carries messages to and from it. */
export class HelperConnection {
  readonly #child: ChildProcess;
  readonly #socket: Socket | undefined;
  readonly #outgoing: HostMessage[] = [];
  #flushing = false;
  #stderr = "";

  /** Starts a helper process. */
  constructor(engine: EngineChoice, listener: HelperListener) {
    this.#child = spawnHelper(engine);
    this.#child.once("error", (error) => listener.ended(`could not be started: ${error.message}`, false));
    this.#child.once("close", (code, signal) => listener.ended(this.#lastWords(code, signal), signal !== null));
    this.#child.stderr?.on("data", (chunk: unknown) => {
      this.#stderr = (this.#stderr + String(chunk)).slice(-STDERR_CHARACTERS);
    });
    const control = this.#child.stdio[CONTROL_FD];
    this.#socket = control instanceof Socket ? control : undefined;
    const reader = new FrameReader();
    this.#socket?.on("data", (chunk) => {
      for (const message of reader.push(chunk)) {
        // Only the helper writes here, and it writes nothing else.
        listener.receive(message as HelperMessage);
      }
    });
    this.#socket?.on("drain", () => this.#flush());
    // A helper that died; "close" follows.
    this.#socket?.on("error", () => undefined);
  }

  /** Process id of the helper; 0 when it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Sends a message, together with all others of this turn of the event loop. */
  send(message: HostMessage): void {
    const last = this.#outgoing.at(-1);
    if (last?.type === "start" && message.type === "start" && last.requests.length < BATCH_REQUESTS) {
      this.#outgoing.splice(-1, 1, { type: "start", requests: [...last.requests, ...message.requests] });
      return;
    }
    this.#outgoing.push(message);
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => this.#flush());
  }

  /** Whether the helper keeps the host's event loop alive. */
  hold(held: boolean): void {
    const { stderr } = this.#child;
    for (const part of [this.#child, this.#socket, stderr instanceof Socket ? stderr : undefined]) {
      if (held) part?.ref();
      else part?.unref();
    }
  }

  /** Ends the helper by force. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #flush(): void {
    this.#flushing = true;
    while (this.#socket?.writableNeedDrain !== true) {
      const message = this.#outgoing.shift();
      if (message === undefined) {
        this.#flushing = false;
        return;
      }
      this.#socket?.write(encodeFrame(message));
    }
  }

  #lastWords(code: number | null, signal: NodeJS.Signals | null): string | undefined {
    if (code === 0) return undefined;
    const how = signal === null ? `ended with exit code ${code}` : `was killed by ${signal}`;
    return this.#stderr === "" ? how : `${how}: ${this.#stderr.trim()}`;
  }
}

function spawnHelper(engine: EngineChoice): ChildProcess {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !HOST_ONLY_VARIABLES.has(name)));
  return spawn(process.execPath, ["--disable-warning=ExperimentalWarning", helperFile(), engine], {
    // Its own session: neither a terminal's Ctrl-C nor a signal to the host's group reaches it before the host has acted.
    detached: true,
    cwd: "/",
    env,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
}
