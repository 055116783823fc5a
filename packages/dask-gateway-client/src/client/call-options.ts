import type { ClusterStatus } from "../cluster/cluster-status.ts";

/** Options of every call. */
export interface CallOptions {
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Time for this call, its further tries included, in milliseconds. @defaultValue the client's `requestTimeoutMs` */
  readonly timeoutMs?: number | undefined;
}

/** Options of `list`. */
export interface ListOptions extends CallOptions {
  /** Only clusters in these states. @defaultValue those that are pending or run */
  readonly status?: ClusterStatus | readonly ClusterStatus[] | undefined;
}

/** Options of `get`. */
export interface GetOptions extends CallOptions {
  /** Lets the gateway hold the reply while the cluster is pending, for at most 20 s. @defaultValue `false` */
  readonly wait?: boolean | undefined;
}

/** Bounds between which the gateway chooses the number of workers by what there is to do. */
export interface AdaptOptions extends CallOptions {
  /** @defaultValue `0` */
  readonly minimum?: number | undefined;
  /** @defaultValue the gateway's own limit */
  readonly maximum?: number | undefined;
  /** `false` ends adapting; the workers that are there stay. @defaultValue `true` */
  readonly active?: boolean | undefined;
}
