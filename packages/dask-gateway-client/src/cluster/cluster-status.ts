/**
 * Where a cluster is in its life. From `PENDING` to `RUNNING` to `STOPPING` to `STOPPED`, from each of them perhaps to `FAILED`; never back.
 */
export type ClusterStatus = "PENDING" | "RUNNING" | "STOPPING" | "STOPPED" | "FAILED";

/** Every {@link ClusterStatus}. */
export const CLUSTER_STATUSES: readonly ClusterStatus[] = ["PENDING", "RUNNING", "STOPPING", "STOPPED", "FAILED"];
