import type { Dispatcher } from "undici";
import { toScheme } from "../auth/to-scheme.ts";
import type { ClusterReport, ReportAddresses } from "../cluster/cluster-report.ts";
import { GatewayCluster } from "../cluster/gateway-cluster.ts";
import { waitForRunning, waitForStopped } from "../cluster/wait-for-status.ts";
import type { WaitOptions } from "../cluster/wait-for.ts";
import { present } from "../config/present.ts";
import { type ReadConfigOptions, readGatewayConfig } from "../config/read-gateway-config.ts";
import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import { GatewayHttp } from "../http/gateway-http.ts";
import type { ClusterOption } from "../options/cluster-option.ts";
import { type PreflightOptions, preflight } from "../preflight/preflight.ts";
import type { AdaptOptions, CallOptions, GetOptions, ListOptions } from "./call-options.ts";
import { checkAdapt, checkCount, checkName } from "./check-arguments.ts";
import type { DaskGatewayClientOptions } from "./client-options.ts";
import { createCluster, type Creation } from "./create-cluster.ts";
import { createDispatcher } from "./create-dispatcher.ts";
import { GatewayCalls, pathOf } from "./gateway-calls.ts";
import { OwnedClusters } from "./owned-clusters.ts";
import { type ClientSettings, parseClientOptions } from "./parse-client-options.ts";

/** Options of a new cluster, by the fields that `options()` lists. */
export type ClusterOptions = Readonly<Record<string, unknown>>;

/**
 * A client of one Dask Gateway for one user. Every call rejects with a {@link DaskGatewayError}, or with the reason of its signal; calls may
 * run side by side. What fails on its way is tried again where that cannot do anything twice.
 */
export class DaskGatewayClient implements AsyncDisposable {
  readonly #settings: ClientSettings;
  readonly #dispatcher: Dispatcher;
  readonly #http: GatewayHttp;
  readonly #calls: GatewayCalls;
  readonly #owned: OwnedClusters;
  /** Creations under way, and those whose caller no longer waits. */
  readonly #creations = new Set<Promise<void>>();
  /** When this client created clusters that it has not seen yet. */
  readonly #unseen = new Map<string, number>();
  #closing: Promise<void> | undefined;

  /** Sends nothing. Throws {@link DaskGatewayError} with code `GATEWAY_INVALID_CONFIG` when options do not hold. */
  constructor(options: DaskGatewayClientOptions) {
    const settings = parseClientOptions(options);
    this.#settings = settings;
    this.#dispatcher = settings.dispatcher ?? createDispatcher(settings);
    this.#http = new GatewayHttp({ ...settings, scheme: toScheme(settings.auth), dispatcher: this.#dispatcher });
    const addresses: ReportAddresses = { proxy: settings.proxyHost, public: settings.publicAddress };
    this.#calls = new GatewayCalls(this.#http, addresses, settings.requestTimeoutMs);
    this.#owned = new OwnedClusters({
      stop: (name, late) => this.#calls.stop(name, late),
      request: (name) => ({ url: settings.address + pathOf(name), headers: this.#http.lastHeaders, ca: settings.ca }),
    });
  }

  /**
   * A client as Dask's own configuration says: YAML files and `DASK_GATEWAY__…` variables, with `options` before them.
   *
   * @throws {@link DaskGatewayError} with code `GATEWAY_INVALID_CONFIG` when there is no address, or files do not hold.
   */
  static async fromConfig(
    options: Partial<DaskGatewayClientOptions> = {},
    from: ReadConfigOptions = {},
  ): Promise<DaskGatewayClient> {
    const { address, ...config } = await readGatewayConfig({ ...from, skipAuth: options.auth !== undefined });
    const found = options.address ?? address;
    if (found !== undefined) return new DaskGatewayClient({ ...config, ...present(options), address: found });
    throw new DaskGatewayError(
      "GATEWAY_INVALID_CONFIG",
      "Dask's configuration has no gateway.address: pass address, set DASK_GATEWAY__ADDRESS, or write it to ~/.config/dask/gateway.yaml.",
    );
  }

  /** Where the gateway's API is. */
  get address(): string {
    return this.#settings.address;
  }

  /** `gateway://<host>:<port>` of the scheduler proxy. */
  get proxyAddress(): string {
    return `gateway://${this.#settings.proxyHost}`;
  }

  /** The version of the gateway's server; needs no credentials. */
  async version(options: CallOptions = {}): Promise<string> {
    return await this.#open().version(options);
  }

  /** Resolves when the gateway says that it is healthy; needs no credentials. `GATEWAY_SERVER_ERROR` when it says that it is not. */
  async health(options: CallOptions = {}): Promise<void> {
    await this.#open().health(options);
  }

  /** The options that new clusters can have. */
  async options(options: CallOptions = {}): Promise<readonly ClusterOption[]> {
    return await this.#open().options(options);
  }

  /** This user's clusters. */
  async list({ status, ...options }: ListOptions = {}): Promise<readonly ClusterReport[]> {
    const query = status === undefined ? "" : `?status=${[status].flat().join(",")}`;
    return await this.#open().list(query, options);
  }

  /** One cluster. `GATEWAY_CLUSTER_NOT_FOUND` when there is none, `GATEWAY_FORBIDDEN` when it is somebody else's. */
  async get(name: string, { wait = false, ...options }: GetOptions = {}): Promise<ClusterReport> {
    checkName(name);
    const report = await this.#open().get(name, wait, options);
    this.#unseen.delete(name);
    return report;
  }

  /**
   * Asks for a new cluster and resolves with its name, while it is still pending. The caller stops it. When the call ends early, by signal or
   * deadline, the cluster is stopped as soon as the gateway tells its name.
   *
   * @throws {@link DaskGatewayError} with code `GATEWAY_INVALID_OPTIONS`, and all of the `problems`.
   */
  async create(values: ClusterOptions = {}, options: CallOptions = {}): Promise<string> {
    return await this.#create(values, options, () => {});
  }

  /**
   * Waits until the cluster runs, by default 10 minutes.
   *
   * @throws {@link DaskGatewayError} with code `GATEWAY_CLUSTER_FAILED` as soon as it cannot run any more, `GATEWAY_TIMEOUT` when time is up. The cluster
   * stays as it is.
   */
  async waitForRunning(name: string, options: WaitOptions = {}): Promise<ClusterReport> {
    return await waitForRunning(this, name, { ...options, createdAt: this.#unseen.get(name) });
  }

  /**
   * Waits until the cluster has ended, stopped or failed, by default one minute. Resolves with `undefined` when the gateway no longer
   * knows it. Does not stop it.
   */
  async waitForStopped(name: string, options: WaitOptions = {}): Promise<ClusterReport | undefined> {
    return await waitForStopped(this, name, options);
  }

  /**
   * Sets the number of workers, which come and go in the background, and ends adapting. Resolves with the gateway's remark when its
   * limit is lower, which `onWarning` gets too, else with `undefined`. `GATEWAY_CLUSTER_NOT_RUNNING` also tells of a dead scheduler.
   */
  async scale(name: string, count: number, options: CallOptions = {}): Promise<string | undefined> {
    checkName(name);
    checkCount("count", count);
    return this.#warn(await this.#open().resize(name, { count }, options));
  }

  /** Lets the gateway choose the number of workers between two bounds. Resolves as {@link DaskGatewayClient.scale} does. */
  async adapt(
    name: string,
    { minimum, maximum, active = true, ...options }: AdaptOptions = {},
  ): Promise<string | undefined> {
    checkName(name);
    checkAdapt(minimum, maximum);
    const body = { minimum: minimum ?? null, maximum: maximum ?? null, active };
    return this.#warn(await this.#open().resize(name, body, options));
  }

  /** Asks the gateway to stop the cluster; it ends in the background. Does nothing when it has ended, or there is none. */
  async stop(name: string, options: CallOptions = {}): Promise<void> {
    checkName(name);
    await this.#open().stop(name, options);
    this.#owned.forget(name);
    this.#unseen.delete(name);
  }

  /**
   * A new cluster that runs. It is stopped when the handle is closed, when this client is, or when the process ends in order; if it does not run in time, or
   * the wait is ended, it is stopped before this rejects. By default it has 10 minutes to start.
   *
   * A process that a signal kills stops nothing: let the gateway's administrator set an `idle_timeout`.
   */
  async newCluster(values: ClusterOptions = {}, options: WaitOptions = {}): Promise<GatewayCluster> {
    const name = await this.#create(values, { signal: options.signal }, (created) => this.#owned.add(created));
    try {
      return new GatewayCluster(this, await this.waitForRunning(name, options), this.#stopper(name));
    } catch (error) {
      // Left to close() and the end of the process when the gateway does not answer now.
      await this.#owned.stop(name).catch(() => {});
      throw error;
    }
  }

  /** A handle of a cluster that is there, once it runs. By default closing it stops nothing. */
  async connect(name: string, { stopOnClose = false, ...options }: ConnectOptions = {}): Promise<GatewayCluster> {
    const report = await this.waitForRunning(name, options);
    if (stopOnClose) this.#owned.add(name);
    return new GatewayCluster(this, report, stopOnClose ? this.#stopper(name) : undefined);
  }

  /**
   * Tries whether the scheduler of a running cluster can be reached: a TLS handshake through the scheduler proxy, as Dask makes it.
   *
   * @throws {@link DaskGatewayError} with code `GATEWAY_PROXY`, `GATEWAY_PROXY_NO_ROUTE` or `GATEWAY_PROXY_UNREACHABLE`.
   */
  async preflight(
    report: Pick<ClusterReport, "name" | "schedulerAddress" | "tls">,
    options: PreflightOptions = {},
  ): Promise<void> {
    await preflight(report, options);
  }

  /** Stops the clusters that this client owns, then lets go of its connections. Idempotent. Rejects with an `AggregateError` when clusters could not be stopped. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  /** Calls {@link DaskGatewayClient.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #create(values: ClusterOptions, options: CallOptions, own: (name: string) => void): Promise<string> {
    const creation: Creation = {
      calls: this.#open(),
      timeoutMs: this.#settings.requestTimeoutMs,
      abandon: (late) =>
        this.#keep(
          late.then((name) => {
            this.#owned.add(name);
            return this.#owned.stop(name);
          }),
        ),
    };
    const created = createCluster(creation, { ...this.#settings.clusterOptions, ...values }, options).then((name) => {
      own(name);
      this.#unseen.set(name, performance.now());
      return name;
    });
    this.#keep(created);
    return await created;
  }

  /** Lets `close` wait for it. What fails has no name, or is owned. */
  #keep(creation: Promise<unknown>): void {
    const settled = creation.then(
      () => {},
      () => {},
    );
    this.#creations.add(settled);
    void settled.then(() => this.#creations.delete(settled));
  }

  async #close(): Promise<void> {
    // Whose end may begin the next: a creation that is given up goes on to tell its name.
    while (this.#creations.size > 0) await Promise.all(this.#creations);
    try {
      await this.#owned.stopAll();
    } finally {
      if (this.#settings.dispatcher === undefined) await this.#dispatcher.destroy();
    }
  }

  /** Closing the client stops it too. */
  #stopper(name: string): (options: CallOptions) => Promise<void> {
    return (options) => this.#closing ?? this.stop(name, options);
  }

  #open(): GatewayCalls {
    if (!this.#closing) return this.#calls;
    throw new DaskGatewayError("GATEWAY_CLOSED", `The client of ${this.address} is closed: make a new one.`);
  }

  #warn(remark: string | undefined): string | undefined {
    if (remark !== undefined) this.#settings.onWarning(remark);
    return remark;
  }
}

/** Options of {@link DaskGatewayClient.connect}. */
export interface ConnectOptions extends WaitOptions {
  /** Whether closing the handle stops the cluster. @defaultValue `false` */
  readonly stopOnClose?: boolean | undefined;
}
