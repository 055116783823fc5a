/** One request of the OpenAI protocol to whichever replica is best. */
export interface Call {
  /** Below the server's base address, which ends in `/v1`. */
  readonly path: "chat/completions" | "completions" | "embeddings";
  /** The request as the server gets it, `stream` and `stream_options` included; `model` absent means the replica's own. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The same body as somebody else wrote it, who is to have it sent to the last byte as it is. */
  readonly bytes?: Uint8Array | undefined;
  /** Tokens that the call is likely to cost a replica, prompt and answer together: what balancing counts. */
  readonly cost: number;
  /** Beginning of the prompt, for finding the replica that has it cached; empty when that does not matter. */
  readonly prefix: string;
  /** Whom the call is for: calls of different owners take turns when all replicas are full. */
  readonly owner: string;
}

/** How to follow and stop a call. */
export interface CallControl {
  /** Aborts the request, on the server too. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Gets each event of a streamed answer, parsed and as the server wrote it, in order; never called after the call has settled. The server's next ones are
   * read when a promise that it returns has resolved. `false`: nothing of it was given out, so that the answer can still begin anew.
   */
  readonly onEvent?: ((event: Readonly<Record<string, unknown>>, data: string) => unknown) | undefined;
  /** Called once, when a replica was chosen and the request goes out; again for another try. */
  readonly onStart?: ((replica: string) => void) | undefined;
}

/** A complete answer. */
export interface Reply {
  /** The response body; of a streamed answer the events put together in the form of a plain one. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The response body as the server wrote it; absent for a streamed answer. */
  readonly text?: string;
  /** Name of the replica that answered. */
  readonly replica: string;
  /** Requests sent one after the other until there was an answer; at least 1. A second one beside the first (`hedgeAfterMs`) is not counted. */
  readonly tries: number;
  /** From sending to the end, in milliseconds, without the time in line. */
  readonly latencyMs: number;
  /** From sending to the first event or byte of the answer, in milliseconds. */
  readonly firstByteMs: number;
}

/** The servers behind a backend, as one. */
export interface Fleet {
  /**
   * Sends a call to the best replica, again to another one where that is safe, and resolves with the whole answer.
   *
   * @throws {@link InferenceError}; the signal's reason when it was aborted.
   */
  send(call: Call, control?: CallControl): Promise<Reply>;
  /** How each replica is doing. */
  readonly replicas: readonly ReplicaState[];
  /** Calls in line, for which there is no room now. */
  readonly waiting: number;
  /**
   * Asks every idle server in use whether it is well, and takes those out of use that are not; a busy one tells by its answers. Resolves once they have
   * answered, or the signal aborts, which counts as no answer.
   */
  check(signal: AbortSignal): Promise<void>;
  /** Adds a server, or takes one out of use once its calls have ended. */
  add(replica: ReplicaAddress): void;
  remove(name: string): void;
  /** Aborts every call and closes every connection. */
  close(): Promise<void>;
}

/** Where a server is. */
export interface ReplicaAddress {
  readonly name: string;
  /** Base address, `http://host:port/v1`. */
  readonly url: string;
  /** Bearer token; absent for servers that want none. */
  readonly apiKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Model ids that it is known to have; it is asked for them all the same. */
  readonly models?: readonly string[] | undefined;
}

/** A replica as seen from here. */
export interface ReplicaState {
  readonly name: string;
  readonly url: string;
  readonly status: "starting" | "healthy" | "ejected" | "removed";
  /** Requests under way. */
  readonly inFlight: number;
  /** Most requests to have under way now; adapts to the server. */
  readonly window: number;
  /** Sum of the costs of the requests under way. */
  readonly outstanding: number;
  /** Model ids that the server has, as far as it told. */
  readonly models: readonly string[];
  /** Longest context in tokens, as far as the server told. */
  readonly maxModelLength?: number;
}
