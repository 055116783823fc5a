import type { BackendCapabilities } from "@rhapsody/core";

/** The facts that a session needs to choose this backend. How much it takes at a time is told once it is open. */
export const capabilities: BackendCapabilities = {
  taskKinds: ["executable", "function"],
  functionKinds: ["python", "module"],
  resources: ["cores", "gpus", "memoryBytes"],
  cancellation: "running",
};
