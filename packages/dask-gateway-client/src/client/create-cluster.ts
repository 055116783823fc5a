import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import { Deadline } from "../http/deadline.ts";
import { findProblems } from "../options/find-problems.ts";
import type { CallOptions } from "./call-options.ts";
import type { GatewayCalls } from "./gateway-calls.ts";

/** What a creation needs of its client. */
export interface Creation {
  readonly calls: GatewayCalls;
  readonly timeoutMs: number;
  /** Gets the name, perhaps, of a cluster that nobody waits for. */
  readonly abandon: (created: Promise<string>) => void;
}

// For so long after its caller gave up a creation may still tell the name of its cluster.
const LATE_NAME_MS = 30_000;

/**
 * Creates a cluster. Neither signal nor deadline breaks the request off: the gateway would have a cluster whose name nobody knows. They end the
 * caller's wait, and the cluster is stopped once its name is known.
 */
export async function createCluster(
  { calls, timeoutMs: usualMs, abandon }: Creation,
  values: Readonly<Record<string, unknown>>,
  { signal, timeoutMs = usualMs }: CallOptions,
): Promise<string> {
  signal?.throwIfAborted();
  const created = calls.create(values, { timeoutMs: timeoutMs + LATE_NAME_MS });
  const deadline = new Deadline(timeoutMs, signal, () => toTimeout(timeoutMs));
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(deadline.signal.reason);
  deadline.signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([created, givenUp]);
  } catch (error) {
    if (deadline.signal.aborted) {
      abandon(created);
      throw error;
    }
    throw await withProblems(error, calls, values);
  } finally {
    deadline.clear();
  }
}

function toTimeout(timeoutMs: number): DaskGatewayError {
  return new DaskGatewayError(
    "GATEWAY_TIMEOUT",
    `The Dask gateway did not create a cluster within ${timeoutMs} ms. If it still does, the cluster is stopped at once. Check that the gateway is not overloaded, or raise requestTimeoutMs.`,
    { retryable: true },
  );
}

/** A refusal of options with every problem in it; the gateway's own words tell only one. */
async function withProblems(
  error: unknown,
  calls: GatewayCalls,
  values: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  if (!DaskGatewayError.isInstance(error) || error.code !== "GATEWAY_INVALID_OPTIONS") return error;
  const found = await calls.options({}).then(
    (options) => findProblems(values, options),
    () => [],
  );
  const problems = found.length > 0 ? found : [error.message];
  const message =
    found.length > 0 ? [error.message, ...found.map((problem) => `- ${problem}`)].join("\n") : error.message;
  const { status, body, cause } = error;
  return new DaskGatewayError(error.code, message, { status, body, cause, problems });
}
