/** One call of the gateway's REST API, tries and deadline included. */
export interface Call {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the address, with its query, e.g. `/api/version`. */
  readonly path: string;
  readonly body?: unknown;
  /** What is tried, for messages, e.g. `"list clusters"`. */
  readonly what: string;
  /** Whether a second call does no more than the first; `false` forbids tries after which a first may have done its work. */
  readonly repeatable: boolean;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly cluster?: string | undefined;
}

/** What the gateway answered. */
export interface Reply {
  readonly status: number;
  /** Without parameters, e.g. `application/json`. */
  readonly contentType: string;
  readonly wwwAuthenticate: string | undefined;
  readonly location: string | undefined;
  readonly retryAfter: string | undefined;
  readonly text: string;
  /** What was sent and may be in no message, should the reply repeat it. */
  readonly secrets: readonly string[];
}

/** The value in a JSON body; `undefined` when it is something else. */
export function jsonOf(reply: Reply): unknown {
  if (reply.contentType !== "application/json") return undefined;
  try {
    return JSON.parse(reply.text);
  } catch {
    return undefined;
  }
}
