export type { Backend, BackendContext, BackendHandle, CancelOutcome } from "./backend/backend.ts";
export type { BackendCapabilities, BackendCapacity, FunctionKind, TaskKind } from "./backend/capabilities.ts";
export { StateMapper, type NativeStates } from "./backend/state-mapper.ts";
export type {
  CaptureMode,
  ChatMessage,
  ExecutableWork,
  FunctionWork,
  InlineFunction,
  PromptWork,
  TaskAttempt,
  TaskSpec,
  TaskWork,
} from "./backend/task-spec.ts";
export type {
  CanceledUpdate,
  DoneUpdate,
  FailedUpdate,
  OutputUpdate,
  RunningUpdate,
  TaskFailure,
  TaskFailureCode,
  TaskOutcome,
  TaskUpdate,
  TokenUsage,
} from "./backend/task-update.ts";
export { TasksMainStates, type TasksMainState } from "./backend/tasks-main-states.ts";
export { BackendError, type BackendErrorCode } from "./errors/backend-error.ts";
export { OptionsError } from "./errors/options-error.ts";
export { ResourceError } from "./errors/resource-error.ts";
export { RhapsodyError } from "./errors/rhapsody-error.ts";
export { SessionError, type SessionErrorCode } from "./errors/session-error.ts";
export { DependencyError, TaskCancelledError, TaskExecutionError } from "./errors/task-errors.ts";
export { TaskValidationError, type TaskProblem, type TaskProblemCode } from "./errors/task-validation-error.ts";
export type { LogFields, Logger, LogLevel } from "./logging/logger.ts";
export type { TaskBackendOptions } from "./task/backend-options.ts";
export {
  moduleFunction,
  pythonFunction,
  type Callable,
  type FunctionExport,
  type ModuleFunction,
  type PythonFunction,
} from "./task/function-reference.ts";
export type { ResourceName, ResourceUsage, TaskResources } from "./task/resources.ts";
export type { RetryPolicy } from "./task/retry-policy.ts";
export { runInTaskContext, taskContext, type TaskContext } from "./task/task-context.ts";
export { isTaskHandle, type Pending, type TaskHandle, type TaskValue } from "./task/task-handle.ts";
export type {
  AITaskOptions,
  Argument,
  CaptureOptions,
  Dependency,
  DependencyContext,
  ExecutableTaskOptions,
  FunctionTaskOptions,
  PendingArguments,
  Prompt,
  PythonTaskOptions,
  SamplingOptions,
  TaskDescription,
  TaskOptions,
} from "./task/task-options.ts";
export type { TaskResult, TaskTimes } from "./task/task-result.ts";
export { isTerminal, type TaskState, type TerminalTaskState } from "./task/task-state.ts";
