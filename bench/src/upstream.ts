import { ENVIRONMENTS } from "@rhapsody-internal/engines";

/** The releases of the Python originals that are measured. */
export const UPSTREAM: string = ENVIRONMENTS.upstream.title;
