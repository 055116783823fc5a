export { ConcurrentExecutionBackend } from "./backend/concurrent-execution-backend.ts";
export { createBackend } from "./backend/create-backend.ts";
export { probeBackend } from "./backend/probe-backend.ts";
export type { ConcurrentBackendOptions, ConcurrentResources } from "./options/backend-options.ts";
export type { ConcurrentTaskOptions } from "./options/task-options.ts";
