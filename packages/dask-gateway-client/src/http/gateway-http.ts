import { setTimeout as pause } from "node:timers/promises";
import { type Dispatcher, request } from "undici";
import type { z } from "zod";
import type { Headers } from "../auth/gateway-auth.ts";
import type { Credentials, Scheme } from "../auth/scheme.ts";
import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import { type Call, jsonOf, type Reply } from "./call.ts";
import { Cookies } from "./cookies.ts";
import { Deadline } from "./deadline.ts";
import {
  isPassing,
  isTransient,
  isWithoutRoutes,
  pauseMs,
  type RetryPolicy,
  retryAfterMs,
  ROUTES_GRACE_MS,
} from "./retry-policy.ts";
import { errorCodeOf, toNetworkError } from "./to-network-error.ts";
import { type ReplyContext, toStatusError, toUnexpectedReply } from "./to-status-error.ts";

/** How one gateway is spoken to. */
export interface GatewayHttpOptions {
  /** Without a slash at its end. */
  readonly address: string;
  readonly scheme: Scheme;
  readonly dispatcher: Dispatcher;
  readonly headers: Headers;
  readonly retry: RetryPolicy;
}

/** Sends calls: authenticated, with cookies, deadline and further tries; every failure is a {@link DaskGatewayError} or the signal's reason. */
export class GatewayHttp {
  readonly #options: GatewayHttpOptions;
  readonly #cookies = new Cookies();
  #lastHeaders: Headers = {};

  constructor(options: GatewayHttpOptions) {
    this.#options = options;
  }

  /** The value in the reply's body. */
  async json<T>(call: Call, schema: z.ZodType<T>): Promise<T> {
    const reply = await this.send(call);
    const result = schema.safeParse(jsonOf(reply));
    if (result.success) return result.data;
    throw toUnexpectedReply(reply, this.#context(call), result.error);
  }

  /** The reply; rejects when its status is not of success. */
  async send(call: Call): Promise<Reply> {
    const { address } = this.#options;
    const deadline = new Deadline(call.timeoutMs, call.signal, () => toTimeout(call, address));
    try {
      return await this.#tries(call, deadline.signal);
    } finally {
      deadline.clear();
    }
  }

  /** The headers with which the last request was sent that succeeded: another one goes through with them for some minutes. */
  get lastHeaders(): Headers {
    return this.#lastHeaders;
  }

  async #tries(call: Call, signal: AbortSignal): Promise<Reply> {
    const { retry } = this.#options;
    let graceEndsAt = Number.POSITIVE_INFINITY;
    for (let tries = 1; ; tries += 1) {
      const tried = await this.#try(call, signal);
      if (tried.error === undefined) return tried.reply;
      const { reply, error, again } = tried;
      if (reply !== undefined && isWithoutRoutes(reply)) {
        graceEndsAt = Math.min(graceEndsAt, performance.now() + (retry.attempts > 1 ? ROUTES_GRACE_MS : 0));
        if (performance.now() >= graceEndsAt) throw error;
      } else if (!again || tries >= retry.attempts) {
        throw error;
      }
      const waitMs = Math.max(pauseMs(retry, tries), reply === undefined ? 0 : retryAfterMs(reply));
      await pause(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  }

  async #try(call: Call, signal: AbortSignal): Promise<Tried> {
    signal.throwIfAborted();
    try {
      const reply = await this.#authenticated(call, signal);
      if (reply.status >= 200 && reply.status < 300) return { reply };
      return {
        reply,
        error: toStatusError(reply, this.#context(call)),
        again: isPassing(reply.status, call.repeatable),
      };
    } catch (cause) {
      signal.throwIfAborted();
      if (DaskGatewayError.isInstance(cause)) throw cause;
      const error = toNetworkError(cause, call, this.#options.address);
      return { error, again: isTransient(errorCodeOf(cause), call.repeatable) };
    }
  }

  async #authenticated(call: Call, signal: AbortSignal): Promise<Reply> {
    const first = await this.#exchange(call, signal, false);
    if (first.status !== 401 || !this.#options.scheme.challenges) return first;
    // An outdated cookie would stand before new credentials.
    await this.#cookies.clear();
    return await this.#exchange(call, signal, true);
  }

  async #exchange(call: Call, signal: AbortSignal, challenged: boolean): Promise<Reply> {
    const { address, scheme, dispatcher } = this.#options;
    const url = address + call.path;
    const cookie = await this.#cookies.header(url);
    const credentials =
      cookie !== "" && scheme.cookieSuffices
        ? NO_CREDENTIALS
        : await whileNotAborted(scheme.credentials({ method: call.method, url, challenged }), signal);
    const headers = {
      accept: "application/json",
      ...this.#options.headers,
      ...credentials.headers,
      ...(cookie === "" ? {} : { cookie }),
    };
    const response = await request(url, {
      dispatcher,
      method: call.method,
      signal,
      // The call's own deadline holds.
      headersTimeout: 0,
      bodyTimeout: 0,
      headers: call.body === undefined ? headers : { ...headers, "content-type": "application/json" },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    const text = await response.body.text();
    await this.#cookies.keep(response.headers["set-cookie"], url);
    const reply = toReply(response, text, [...(credentials.secrets ?? []), cookie]);
    // Of a failure its own reason counts.
    if (reply.status < 400) await credentials.verify?.(reply.wwwAuthenticate);
    if (reply.status < 400) this.#lastHeaders = headers;
    return reply;
  }

  #context(call: Call): ReplyContext {
    const { address, scheme } = this.#options;
    return { call, address, scheme };
  }
}

const NO_CREDENTIALS: Credentials = { headers: {}, secrets: [] };

/** A reply of success, or a failure with the reply that told it, if any. */
type Tried =
  | { readonly reply: Reply; readonly error?: never }
  | { readonly reply?: Reply; readonly error: DaskGatewayError; readonly again: boolean };

function toReply(response: Dispatcher.ResponseData, text: string, secrets: readonly string[]): Reply {
  const header = (name: string): string | undefined => {
    const value = response.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  };
  return {
    status: response.statusCode,
    contentType: (header("content-type") ?? "").split(";", 1).join("").trim().toLowerCase(),
    wwwAuthenticate: header("www-authenticate"),
    location: header("location"),
    retryAfter: header("retry-after"),
    text,
    secrets,
  };
}

function toTimeout({ what, cluster, timeoutMs }: Call, address: string): DaskGatewayError {
  return new DaskGatewayError(
    "GATEWAY_TIMEOUT",
    `The Dask gateway ${address} did not ${what} within ${timeoutMs} ms. Check that it is not overloaded and nothing on the way swallows requests, or raise requestTimeoutMs.`,
    { cluster, retryable: true },
  );
}

/** What the promise gives, or the signal's reason when that comes first. */
async function whileNotAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
