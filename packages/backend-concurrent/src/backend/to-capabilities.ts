import type { BackendCapabilities } from "@rhapsody/core";
import type { Settings } from "../options/backend-options.ts";
import type { Budget } from "../resources/budget.ts";

/** The facts that a session needs to choose this backend and to fill it. */
export function toCapabilities({ maxConcurrency }: Settings, budget: Budget): BackendCapabilities {
  return {
    taskKinds: ["executable", "function"],
    functionKinds: ["inline", "module", "python"],
    resources: ["cores", "gpus", "memoryBytes"],
    cancellation: "running",
    capacity: {
      ...(maxConcurrency !== undefined && { maxInFlight: maxConcurrency }),
      cores: budget.cores,
      gpus: budget.gpus.ids.length,
      memoryBytes: budget.memoryBytes,
    },
    defaultResources: { executable: { cores: 1 }, module: { cores: 1 }, python: { cores: 1 }, inline: { cores: 0 } },
  };
}
