import type { Fleet, Reply } from "../fleet/call.ts";
import { isObject } from "../fleet/read-json.ts";
import { Histogram, Numbers, render } from "./metric.ts";

/** Bounds of the histograms, in seconds: from an embedding to a long answer in a long line. */
const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** What Prometheus is told of a front and the servers behind it. */
export class FrontMetrics {
  readonly #requests = new Numbers(
    "rhapsody_inference_requests_total",
    "Requests answered, by route and status; 499: the client left before.",
  );
  readonly #seconds = new Histogram(
    "rhapsody_inference_request_seconds",
    "Time from a request to the end of its answer.",
    BOUNDS,
  );
  readonly #firstByte = new Histogram(
    "rhapsody_inference_first_byte_seconds",
    "Time from sending a request to a server to the first byte of its answer.",
    BOUNDS,
  );
  readonly #sent = new Numbers(
    "rhapsody_inference_server_requests_total",
    "Requests sent to servers for answers that came, repeats included.",
  );
  readonly #promptTokens = new Numbers(
    "rhapsody_inference_prompt_tokens_total",
    "Tokens of prompts, as far as servers counted them.",
  );
  readonly #completionTokens = new Numbers(
    "rhapsody_inference_completion_tokens_total",
    "Tokens of answers, as far as servers counted them.",
  );

  /** A request has ended. */
  request(route: string, status: number, ms: number): void {
    this.#requests.add({ route, status });
    this.#seconds.observe({ route }, ms / 1000);
  }

  /** A server has answered. */
  reply(route: string, { body, tries, firstByteMs, replica }: Reply): void {
    this.#sent.add({ replica }, tries);
    this.#firstByte.observe({ route }, firstByteMs / 1000);
    const { usage } = body;
    if (!isObject(usage)) return;
    const { prompt_tokens: prompt, completion_tokens: completion } = usage;
    if (typeof prompt === "number") this.#promptTokens.add({}, prompt);
    if (typeof completion === "number") this.#completionTokens.add({}, completion);
  }

  /** All of it, with how things are now. */
  render(fleet: Fleet, inFlight: number): string {
    return render([
      this.#requests,
      this.#seconds,
      this.#firstByte,
      this.#sent,
      this.#promptTokens,
      this.#completionTokens,
      ...now(fleet, inFlight),
    ]);
  }
}

function now({ replicas, waiting }: Fleet, inFlight: number): readonly Numbers[] {
  const gauge = (name: string, help: string): Numbers => new Numbers(`rhapsody_inference_${name}`, help, "gauge");
  const requests = gauge("requests_in_flight", "Requests for answers that are under way here.");
  const line = gauge("waiting", "Calls in line, for which no server has room.");
  const byStatus = gauge("replicas", "Servers, by status.");
  const busy = gauge("replica_in_flight", "Requests under way on a server.");
  const window = gauge("replica_window", "Most requests to have under way on a server now.");
  const tokens = gauge("replica_outstanding_tokens", "Tokens that a server has still to do, as estimated.");
  requests.add({}, inFlight);
  line.add({}, waiting);
  for (const status of ["healthy", "starting", "ejected"]) byStatus.add({ status }, 0);
  for (const { name: replica, status, inFlight: under, window: most, outstanding } of replicas) {
    byStatus.add({ status });
    busy.add({ replica }, under);
    window.add({ replica }, most);
    tokens.add({ replica }, outstanding);
  }
  return [requests, line, byStatus, busy, window, tokens];
}
