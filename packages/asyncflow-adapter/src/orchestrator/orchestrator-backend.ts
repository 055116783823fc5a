import {
  SingleOpening,
  type Backend,
  type BackendCapabilities,
  type BackendContext,
  type BackendHandle,
} from "@rhapsody/core";
import { OpenedOrchestrator } from "./opened-orchestrator.ts";

/**
 * Runs what holds a workflow together: blocks, and the small functions between tasks, on the host's event loop.
 *
 * As many at a time as there are: a block that waits for its members must never keep them from running. Nothing is routed here that does not name it.
 */
export class OrchestratorBackend implements Backend {
  readonly contract = "backend/1" as const;
  readonly name: string;
  readonly capabilities: BackendCapabilities = {
    taskKinds: ["function"],
    functionKinds: ["inline"],
    resources: [],
    cancellation: "running",
    byNameOnly: true,
    capacity: { maxInFlight: Infinity },
  };
  readonly #opening = new SingleOpening(this);

  constructor(name: string) {
    this.name = name;
  }

  async open(context: BackendContext): Promise<BackendHandle> {
    return await this.#opening.open(async () => new OpenedOrchestrator(this.name, context));
  }
}
