import { type ExitRequest, type ExitStops, stopAtExit } from "../exit/stop-at-exit.ts";
import type { CallOptions } from "./call-options.ts";

/** How clusters are stopped. */
export interface OwnedClustersOptions {
  readonly stop: (name: string, options: CallOptions) => Promise<void>;
  /** What stops the cluster when this process can no longer wait. */
  readonly request: (name: string) => ExitRequest;
}

/** The clusters of one client that may not outlive it. */
export class OwnedClusters implements ExitStops {
  readonly #options: OwnedClustersOptions;
  readonly #names = new Set<string>();
  #forgetExit: (() => void) | undefined;

  constructor(options: OwnedClustersOptions) {
    this.#options = options;
  }

  add(name: string): void {
    this.#names.add(name);
    this.#forgetExit ??= stopAtExit(this);
  }

  /** The cluster is stopped, or may stay. */
  forget(name: string): void {
    this.#names.delete(name);
    if (this.#names.size > 0) return;
    this.#forgetExit?.();
    this.#forgetExit = undefined;
  }

  async stop(name: string, options: CallOptions = {}): Promise<void> {
    await this.#options.stop(name, options);
    this.forget(name);
  }

  async stopAll(options: CallOptions = {}): Promise<void> {
    const results = await Promise.allSettled([...this.#names].map((name) => this.stop(name, options)));
    const errors = results.flatMap((result) => (result.status === "rejected" ? [result.reason as unknown] : []));
    if (errors.length > 0) {
      throw new AggregateError(
        errors,
        `Could not stop the clusters ${[...this.#names].join(", ")}: they may run on. Stop them by name.`,
      );
    }
  }

  requests(): readonly ExitRequest[] {
    return [...this.#names].map((name) => this.#options.request(name));
  }
}
