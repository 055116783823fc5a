import {
  BackendError,
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
  #opened: OpenedOrchestrator | undefined;

  constructor(name: string) {
    this.name = name;
  }

  async open(context: BackendContext): Promise<BackendHandle> {
    if (this.#opened?.closed === false) {
      throw new BackendError("BACKEND_IN_USE", { backend: this.name, message: "is already open; close it first" });
    }
    this.#opened = new OpenedOrchestrator(this.name, context);
    return this.#opened;
  }
}
