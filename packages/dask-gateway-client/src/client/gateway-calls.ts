import { z } from "zod";
import { type ClusterReport, type ReportAddresses, toReport, wireReportSchema } from "../cluster/cluster-report.ts";
import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import type { Call } from "../http/call.ts";
import type { GatewayHttp } from "../http/gateway-http.ts";
import { CREATE } from "../http/to-status-error.ts";
import { type ClusterOption, wireOptionsSchema } from "../options/cluster-option.ts";
import type { CallOptions } from "./call-options.ts";

/** Each call of the REST API of dask-gateway-server 2026.3.0 (`routes.py`), as it is sent and read. */
export class GatewayCalls {
  readonly #http: GatewayHttp;
  readonly #addresses: ReportAddresses;
  readonly #timeoutMs: number;

  constructor(http: GatewayHttp, addresses: ReportAddresses, timeoutMs: number) {
    this.#http = http;
    this.#addresses = addresses;
    this.#timeoutMs = timeoutMs;
  }

  async version(options: CallOptions): Promise<string> {
    const call = this.#call({ method: "GET", path: "/api/version", what: "ask for its version" }, options);
    return (await this.#http.json(call, z.object({ version: z.string() }))).version;
  }

  async health(options: CallOptions): Promise<void> {
    const call = this.#call({ method: "GET", path: "/api/health", what: "ask for its health" }, options);
    await this.#http.json(call, z.object({ status: z.literal("pass") }));
  }

  async options(options: CallOptions): Promise<readonly ClusterOption[]> {
    const call = this.#call(
      { method: "GET", path: "/api/v1/options", what: "ask for the options of clusters" },
      options,
    );
    return await this.#http.json(call, wireOptionsSchema);
  }

  async list(query: string, options: CallOptions): Promise<readonly ClusterReport[]> {
    const call = this.#call({ method: "GET", path: `${CLUSTERS}${query}`, what: "list clusters" }, options);
    const reports = await this.#http.json(call, z.record(z.string(), wireReportSchema));
    return Object.values(reports).map((report) => toReport(report, this.#addresses));
  }

  async get(name: string, wait: boolean, options: CallOptions): Promise<ClusterReport> {
    const query = wait ? "?wait" : "";
    const call = this.#call(
      { method: "GET", path: pathOf(name) + query, what: `look at cluster ${name}`, cluster: name },
      options,
    );
    const timeoutMs = wait ? call.timeoutMs + HELD_MS : call.timeoutMs;
    return toReport(await this.#http.json({ ...call, timeoutMs }, wireReportSchema), this.#addresses);
  }

  async create(values: Readonly<Record<string, unknown>>, options: CallOptions): Promise<string> {
    const call = this.#call({ method: "POST", path: CLUSTERS, what: CREATE }, options);
    const body = { cluster_options: values };
    return (await this.#http.json({ ...call, body, repeatable: false }, z.object({ name: z.string().min(1) }))).name;
  }

  /** Resolves with the gateway's remark when it did less than asked. */
  async resize(
    name: string,
    body: { readonly count: number } | AdaptBody,
    options: CallOptions,
  ): Promise<string | undefined> {
    const [verb, what] = "count" in body ? ["scale", `scale cluster ${name}`] : ["adapt", `let cluster ${name} adapt`];
    const call = this.#call({ method: "POST", path: `${pathOf(name)}/${verb}`, what, cluster: name }, options);
    const { ok, msg } = await this.#http.json(
      { ...call, body },
      z.object({ ok: z.boolean().nullish(), msg: z.string().nullish() }),
    );
    return ok === false ? (msg ?? "The gateway did less than it was asked, and does not say why.") : undefined;
  }

  async stop(name: string, options: CallOptions): Promise<void> {
    const call = this.#call(
      { method: "DELETE", path: pathOf(name), what: `stop cluster ${name}`, cluster: name },
      options,
    );
    try {
      await this.#http.send(call);
    } catch (error) {
      // Gone is what was asked for.
      if (!DaskGatewayError.isInstance(error) || error.code !== "GATEWAY_CLUSTER_NOT_FOUND") throw error;
    }
  }

  #call(call: Pick<Call, "method" | "path" | "what" | "cluster">, { signal, timeoutMs }: CallOptions): Call {
    return { repeatable: true, ...call, timeoutMs: timeoutMs ?? this.#timeoutMs, signal };
  }
}

/** Body of a call that lets a cluster adapt; the gateway does not check it. */
export interface AdaptBody {
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly active: boolean;
}

// Without the slash at the end the gateway answers 404.
const CLUSTERS = "/api/v1/clusters/";

// The gateway holds a request with ?wait for so long; measured: 20.04 s.
const HELD_MS = 20_000;

/** Where the cluster is, below the address. */
export function pathOf(name: string): string {
  return CLUSTERS + name;
}
