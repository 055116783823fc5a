import type { IncomingMessage, ServerResponse } from "node:http";
import { allowOrigin } from "./cross-origin.ts";
import { Exchange } from "./exchange.ts";
import { forward, type Asked } from "./forward.ts";
import { FrontMetrics } from "./front-metrics.ts";
import type { FrontSettings } from "./front-settings.ts";
import type { Gate } from "./gate.ts";
import { generate } from "./generate.ts";
import { HealthCheck } from "./health-check.ts";
import { listModels, showModel } from "./models.ts";
import { closing, notFound, tooManyRequests, wrongMethod } from "./problem.ts";
import { readBody } from "./read-body.ts";

/** Version of Prometheus's text format. */
const PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";

const MODEL = "/v1/models/";

/** Answers requests: finds out what each wants, whether it may, and has it done. */
export class Desk {
  readonly #settings: FrontSettings;
  readonly #gate: Gate;
  readonly #metrics = new FrontMetrics();
  readonly #health: HealthCheck;
  readonly #startedAt = Date.now();
  /** All that are under way. */
  readonly #exchanges = new Set<Exchange>();
  /** Answers at once, or asks the servers. */
  readonly #looks: ReadonlyMap<string, (exchange: Exchange) => void | Promise<void>>;
  readonly #asks: ReadonlyMap<string, (asked: Asked) => Promise<void>>;
  #asking = 0;
  #closing = false;
  #idle: (() => void) | undefined;

  constructor(settings: FrontSettings, gate: Gate) {
    const { fleet } = settings;
    this.#settings = settings;
    this.#gate = gate;
    this.#health = new HealthCheck(fleet);
    this.#looks = new Map<string, (exchange: Exchange) => void | Promise<void>>([
      ["/health", (exchange) => this.#tellHealth(exchange)],
      ["/metrics", (exchange) => exchange.text(this.#metrics.render(fleet, this.#asking), PROMETHEUS)],
      ["/v1/models", (exchange) => exchange.json(listModels(fleet, this.#startedAt))],
    ]);
    this.#asks = new Map<string, (asked: Asked) => Promise<void>>([
      ["/generate", (asked) => generate(asked, settings.prompts)],
      ["/v1/chat/completions", (asked) => forward("chat/completions", asked)],
      ["/v1/completions", (asked) => forward("completions", asked)],
      ["/v1/embeddings", (asked) => forward("embeddings", asked)],
    ]);
  }

  /** Answers a request; never throws. */
  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const receivedAt = performance.now();
    const exchange = new Exchange(request, response, this.#settings.clientStallMs);
    const [path = "/"] = (request.url ?? "/").split("?");
    this.#exchanges.add(exchange);
    response.once("close", () => {
      this.#metrics.request(this.#labelOf(path), exchange.status, performance.now() - receivedAt);
      this.#exchanges.delete(exchange);
      if (this.#exchanges.size === 0) this.#idle?.();
    });
    try {
      if (!allowOrigin(request, response, this.#settings.corsOrigins)) await this.#answer(path, exchange);
    } catch (error) {
      if (exchange.fail(error) === undefined && !exchange.signal.aborted)
        this.#settings.logger.error({ error, request: exchange.id, path }, "a request to the front failed");
    }
  }

  /** From now on requests are refused. Resolves once those under way have ended. */
  async drain(): Promise<void> {
    this.#closing = true;
    if (this.#exchanges.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  /** Aborts every request. */
  stop(): void {
    for (const exchange of this.#exchanges) exchange.stop();
  }

  async #answer(path: string, exchange: Exchange): Promise<void> {
    const { request } = exchange;
    // Whether it is well is all that somebody without the token may know, as those who watch services are.
    if (path !== "/health") this.#gate.check(request);
    if (this.#closing) throw closing();
    const look = this.#looks.get(path);
    if (look !== undefined || path.startsWith(MODEL)) {
      if (request.method !== "GET" && request.method !== "HEAD") throw wrongMethod(path, "GET");
      if (look !== undefined) return look(exchange);
      return exchange.json(showModel(decode(path.slice(MODEL.length)), this.#settings.fleet, this.#startedAt));
    }
    const ask = this.#asks.get(path);
    if (ask === undefined) throw notFound(path, [...this.#looks.keys(), ...this.#asks.keys()]);
    if (request.method !== "POST") throw wrongMethod(path, "POST");
    await this.#ask(path, exchange, ask);
  }

  async #ask(route: string, exchange: Exchange, ask: (asked: Asked) => Promise<void>): Promise<void> {
    const { fleet, maxConcurrent, maxBodyBytes } = this.#settings;
    if (this.#asking >= maxConcurrent) throw tooManyRequests(maxConcurrent);
    this.#asking += 1;
    try {
      const content = await readBody(exchange.request, maxBodyBytes);
      await ask({ exchange, route, content, fleet, metrics: this.#metrics });
    } finally {
      this.#asking -= 1;
    }
  }

  async #tellHealth(exchange: Exchange): Promise<void> {
    const well = await this.#health.check();
    exchange.json({ status: well ? "healthy" : "unhealthy" }, well ? 200 : 503);
  }

  /** Paths as metrics have them: only those that there are, so that nobody fills them. */
  #labelOf(path: string): string {
    if (this.#looks.has(path) || this.#asks.has(path)) return path;
    return path.startsWith(MODEL) ? "/v1/models" : "other";
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
