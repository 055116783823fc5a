import type { BaseExecutionBackend } from "../backend/base-execution-backend.ts";

/** What a backend's package exports besides its class, so that it can be found by name. */
export interface BackendModule {
  /** Builds the backend; throws `OptionsError` when the options do not hold. */
  createBackend(options?: Readonly<Record<string, unknown>>): BaseExecutionBackend;
  /** Tells whether the backend could open here: whether its engine is really present. Never throws. */
  probeBackend?(): Promise<BackendProbe>;
}

/** Whether a backend could open here. */
export interface BackendProbe {
  readonly available: boolean;
  /** What is missing, when it could not. */
  readonly reason?: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** Tells whether a loaded module is a backend's. */
export function isBackendModule(module: unknown): module is BackendModule {
  return typeof module === "object" && module !== null && typeof Reflect.get(module, "createBackend") === "function";
}
