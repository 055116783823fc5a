import { RhapsodyError } from "@rhapsody/core";

/**
 * Codes of {@link FlowError}.
 *
 * - `FLOW_TASK_FAILED`: the task ran, or should have, and failed; `failure` has the session's code, `cause` what was thrown.
 * - `FLOW_TASK_TIMEOUT`: the task ran, or waited to run, for longer than allowed.
 * - `FLOW_TASK_CANCELED`: the task was cancelled.
 * - `FLOW_DEPENDENCY_FAILED`: the task did not run, because one that it depends on did not end well.
 * - `FLOW_TASK_REFUSED`: the session does not take the task as it is described; `cause` has its `TaskValidationError`.
 * - `FLOW_HANDLE_CYCLE`: the handle waits for itself, directly or through others.
 * - `FLOW_FOREIGN_HANDLE`: an argument is a handle of another session.
 * - `FLOW_BACKEND_UNKNOWN`: the engine has no backend of that name.
 * - `FLOW_BACKEND_UNSUITABLE`: the backend named takes no work of that kind.
 * - `FLOW_RESULT_INVALID`: the answer to a prompt is not what its schema asks for.
 * - `FLOW_OUTPUT_MISSING`: a task did not leave a file that it declared.
 * - `FLOW_INPUT_UNAVAILABLE`: an input file is not there, or cannot be fetched.
 * - `FLOW_ENGINE_CLOSED`: the engine is closed, or its session.
 * - `FLOW_DRAIN_TIMEOUT`: tasks were not done in the time given; they go on.
 */
export type FlowErrorCode =
  | "FLOW_TASK_FAILED"
  | "FLOW_TASK_TIMEOUT"
  | "FLOW_TASK_CANCELED"
  | "FLOW_DEPENDENCY_FAILED"
  | "FLOW_TASK_REFUSED"
  | "FLOW_HANDLE_CYCLE"
  | "FLOW_FOREIGN_HANDLE"
  | "FLOW_BACKEND_UNKNOWN"
  | "FLOW_BACKEND_UNSUITABLE"
  | "FLOW_RESULT_INVALID"
  | "FLOW_OUTPUT_MISSING"
  | "FLOW_INPUT_UNAVAILABLE"
  | "FLOW_ENGINE_CLOSED"
  | "FLOW_DRAIN_TIMEOUT";

/** Root of the errors of workflows. */
export class FlowError extends RhapsodyError {
  static {
    this.prototype.name = "FlowError";
  }

  declare readonly code: FlowErrorCode;

  constructor(code: FlowErrorCode, message: string, options?: ErrorOptions) {
    super(code, message, options);
  }
}

/** The engine takes no more calls. Code `FLOW_ENGINE_CLOSED`. */
export class EngineClosedError extends FlowError {
  static {
    this.prototype.name = "EngineClosedError";
  }

  declare readonly code: "FLOW_ENGINE_CLOSED";

  /** Uid of the engine. */
  readonly engine: string;

  constructor(engine: string, options?: ErrorOptions) {
    super("FLOW_ENGINE_CLOSED", `[${engine}] the engine is closed: create a new one`, options);
    this.engine = engine;
  }
}
