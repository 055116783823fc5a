/** How a fleet deals with its servers. */
export interface FleetOptions {
  /** Most requests under way on one server; fewer while it says that it is full. @defaultValue `256` */
  readonly maxInFlight?: number | undefined;
  /** Most calls that wait for room. @defaultValue `100_000` */
  readonly maxWaiting?: number | undefined;
  /** Most requests for one call that fail; those that a full server refused are not counted, unless it was a list of prompts. @defaultValue `4` */
  readonly maxTries?: number | undefined;
  /** How long calls wait while no server with their model answers, in milliseconds, before they fail as `INFERENCE_UNREACHABLE`. @defaultValue `10_000` */
  readonly patienceMs?: number | undefined;
  /**
   * How long a call is sent again and again, with pauses, while every server says that it is full (429, 503), in milliseconds, before it fails as
   * `INFERENCE_OVERLOADED`. A server's `Retry-After` is kept. @defaultValue `300_000`
   */
  readonly fullPatienceMs?: number | undefined;
  /**
   * Longest silence of a server during a request, in milliseconds: until the first byte of its answer, and between two. After it the call goes elsewhere. Must be
   * longer than the longest answer that is not streamed; `0` waits for ever. @defaultValue `600_000`, as OpenAI's clients
   */
  readonly stallMs?: number | undefined;
  /**
   * After how long without an answer a call that is not streamed goes to a second server as well, in milliseconds: the first answer counts, and the other request is
   * aborted. Costs work twice, so give it what hardly an answer takes. @defaultValue never
   */
  readonly hedgeAfterMs?: number | undefined;
}

/** {@link FleetOptions} after defaults. */
export interface FleetSettings extends FleetOptions {
  readonly maxInFlight: number;
  readonly maxWaiting: number;
  readonly maxTries: number;
  readonly patienceMs: number;
  readonly fullPatienceMs: number;
  readonly stallMs: number;
}

export function toFleetSettings(options: FleetOptions = {}): FleetSettings {
  const { maxInFlight = 256, maxWaiting = 100_000, maxTries = 4, hedgeAfterMs } = options;
  const { patienceMs = 10_000, fullPatienceMs = 300_000, stallMs = 600_000 } = options;
  return { maxInFlight, maxWaiting, maxTries, patienceMs, fullPatienceMs, stallMs, hedgeAfterMs };
}
