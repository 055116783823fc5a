import type { AdaptOptions, CallOptions } from "../client/call-options.ts";
import type { DaskGatewayClient } from "../client/dask-gateway-client.ts";
import { DaskGatewayError } from "../errors/dask-gateway-error.ts";
import type { PreflightOptions } from "../preflight/preflight.ts";
import type { ClusterReport } from "./cluster-report.ts";
import type { GatewayTls } from "./gateway-tls.ts";

/** A running cluster: where its scheduler is, and what can be done with it. Made by a `DaskGatewayClient`, which has to stay open for as long. */
export class GatewayCluster implements AsyncDisposable {
  /** Unique at its gateway. */
  readonly name: string;
  /** `gateway://<host>:<port>/<name>`, as `distributed.Client` takes it once `dask_gateway` is imported. */
  readonly schedulerAddress: string;
  /** What connections to the scheduler need. */
  readonly tls: GatewayTls;
  /** Absent when the cluster has none. Whoever has the link sees the dashboard. */
  declare readonly dashboardLink?: string;
  /** Whether closing this stops the cluster. */
  readonly stopOnClose: boolean;
  readonly #client: DaskGatewayClient;
  readonly #stop: ((options: CallOptions) => Promise<void>) | undefined;
  #closing: Promise<void> | undefined;

  /**
   * @param stop - Stops the cluster; absent when closing the handle does not.
   * @internal
   */
  constructor(client: DaskGatewayClient, report: ClusterReport, stop?: (options: CallOptions) => Promise<void>) {
    const { name, schedulerAddress, tls, dashboardLink } = report;
    if (schedulerAddress === undefined || tls === undefined) {
      throw new DaskGatewayError(
        "GATEWAY_UNEXPECTED_REPLY",
        `The gateway says that cluster ${name} is ${report.status}, and tells no certificate for it. Create a new one.`,
        { cluster: name },
      );
    }
    this.name = name;
    this.schedulerAddress = schedulerAddress;
    this.tls = tls;
    if (dashboardLink !== undefined) this.dashboardLink = dashboardLink;
    this.stopOnClose = stop !== undefined;
    this.#client = client;
    this.#stop = stop;
  }

  /** What the gateway knows of it now. */
  async status(options: CallOptions = {}): Promise<ClusterReport> {
    return await this.#client.get(this.name, options);
  }

  /** Sets the number of workers; see `DaskGatewayClient.scale`. */
  async scale(count: number, options: CallOptions = {}): Promise<string | undefined> {
    return await this.#client.scale(this.name, count, options);
  }

  /** Lets the gateway choose the number of workers; see `DaskGatewayClient.adapt`. */
  async adapt(options: AdaptOptions = {}): Promise<string | undefined> {
    return await this.#client.adapt(this.name, options);
  }

  /** Tries whether its scheduler can be reached; see `DaskGatewayClient.preflight`. */
  async preflight(options: PreflightOptions = {}): Promise<void> {
    await this.#client.preflight(this, options);
  }

  /**
   * Lets go of the cluster. With `stopOnClose` it resolves once the gateway has taken the order to stop it, and rejects when it could
   * not be reached; then it can be called again. Idempotent.
   */
  async close(options: CallOptions = {}): Promise<void> {
    if (!this.#stop) return;
    this.#closing ??= this.#stop(options);
    try {
      await this.#closing;
    } catch (error) {
      this.#closing = undefined;
      throw error;
    }
  }

  /** Calls {@link GatewayCluster.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
