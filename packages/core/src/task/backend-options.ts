/**
 * Options of a task that only one kind of backend understands, under that kind's key.
 *
 * Backend packages add their own key by declaration merging, so what is offered follows from what is imported. A backend reads its own key
 * and ignores the others, so one task may carry options for every backend it could land on.
 *
 * @example
 * ```ts
 * import { ComputeTask } from "@rhapsody/core";
 *
 * declare module "@rhapsody/core" {
 *   interface TaskBackendOptions { readonly mine?: { readonly queue?: string } }
 * }
 * const make = new ComputeTask({ executable: "make", backendOptions: { mine: { queue: "short" } } });
 * ```
 */
// Empty on purpose: it is the place that backend packages merge into.
export interface TaskBackendOptions {}
