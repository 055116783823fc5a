import type { Backend } from "@rhapsody/core";

/** Revision of the backend contract that this suite tests. */
export const CONTRACT_REVISION: Backend["contract"] = "backend/1";
