export type { Backend, BackendContext, BackendHandle, CancelOutcome } from "./backend/backend.ts";
export {
  BaseExecutionBackend,
  type BackendMainState,
  type MainStateCallback,
} from "./backend/base-execution-backend.ts";
export type { BackendCapabilities, BackendCapacity, FunctionKind, TaskKind } from "./backend/capabilities.ts";
export type { EngineFacts } from "./backend/engine-facts.ts";
export type { InferenceDetails, ToolCall } from "./backend/inference-details.ts";
export { NoopExecutionBackend, type NoopBackendOptions } from "./backend/noop-execution-backend.ts";
export { SingleOpening } from "./backend/single-opening.ts";
export { StateMapper, type NativeStates } from "./backend/state-mapper.ts";
export type {
  CaptureMode,
  ChatMessage,
  EmbeddingWork,
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
  LostUpdate,
  OutputUpdate,
  RunningUpdate,
  TaskFailure,
  TaskFailureCode,
  TaskOutcome,
  TaskUpdate,
  TokenUsage,
} from "./backend/task-update.ts";
export { TasksMainStates, type TasksMainState } from "./backend/tasks-main-states.ts";
export type { CacheOptions } from "./cache/cache-options.ts";
export type { BackendModule, BackendProbe } from "./discovery/backend-module.ts";
export { discoverBackends, type BackendExplanation, type DiscoverOptions } from "./discovery/discover-backends.ts";
export { getBackend } from "./discovery/get-backend.ts";
export type { BackendStatus } from "./dispatch/lane-sink.ts";
export { BackendError, type BackendErrorCode } from "./errors/backend-error.ts";
export { JournalError, type JournalErrorCode } from "./errors/journal-error.ts";
export { OptionsError } from "./errors/options-error.ts";
export { ResourceError } from "./errors/resource-error.ts";
export { RhapsodyError } from "./errors/rhapsody-error.ts";
export { SessionError, type SessionErrorCode } from "./errors/session-error.ts";
export { DependencyError, TaskCancelledError, TaskExecutionError } from "./errors/task-errors.ts";
export { TaskValidationError, type TaskProblem, type TaskProblemCode } from "./errors/task-validation-error.ts";
export type { EventStream } from "./events/event-stream.ts";
export type { TaskCallback } from "./events/notifier.ts";
export type {
  BackendEvent,
  DroppedEvents,
  EngineEvent,
  JournalEvent,
  MovedEvent,
  OutputEvent,
  SessionEvent,
  TaskEvent,
} from "./events/session-event.ts";
export type { FailoverPolicy } from "./failover/failover-policy.ts";
export { replaceParts, type Replace } from "./graph/replace-parts.ts";
export type {
  AcceptedTask,
  Encoded,
  Journal,
  JournalBatch,
  JournaledSession,
  JournalHandle,
  JournalReader,
  ResumedJournal,
  ResumedTask,
  StateChange,
  StoredResult,
  StoredTask,
  TaskEnding,
} from "./journal/journal.ts";
export type { JournalStatus } from "./journal/logbook.ts";
export { createLogger, silentLogger, type LoggerOptions } from "./logging/create-logger.ts";
export type { LogFields, Logger, LogLevel } from "./logging/logger.ts";
export type { FuturesOf, TaskInput, ValueOf } from "./session/futures-of.ts";
export type { CloseOptions } from "./session/closing.ts";
export { Session } from "./session/session.ts";
export type { ResumeOptions, ResumeSummary } from "./session/resume-options.ts";
export type { SessionOptions } from "./session/session-options.ts";
export type { SignalHandling } from "./session/signal-handling.ts";
export type { BackendStatistics, SessionStatistics } from "./session/statistics.ts";
export type { WaitOptions } from "./session/wait-for.ts";
export { AITask, type AITaskConstructor, type Answer, type Embedding } from "./task/ai-task.ts";
export type { AnswerPiece, AnswerStream } from "./task/answer-stream.ts";
export type { TaskBackendOptions } from "./task/backend-options.ts";
export { ComputeTask, type ComputeTaskConstructor, type ComputeTaskOptions } from "./task/compute-task.ts";
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
export { secret, type Secret } from "./task/secret.ts";
export { runInTaskContext, taskContext, type TaskContext } from "./task/task-context.ts";
export type { JsonSchemaSource, StandardResult, StandardSchema } from "./task/standard-schema.ts";
export { TaskFuture } from "./task/task-future.ts";
export { isTaskHandle, type Pending, type TaskHandle, type TaskValue } from "./task/task-handle.ts";
export type {
  AITaskOptions,
  Argument,
  CaptureOptions,
  ComputedProgram,
  Dependency,
  DependencyContext,
  EmbeddingTaskOptions,
  ExecutableTaskOptions,
  FunctionDescription,
  FunctionTaskOptions,
  PendingArguments,
  Prompt,
  PythonTaskOptions,
  SamplingOptions,
  TaskDescription,
  TaskOptions,
  Texts,
  Tool,
} from "./task/task-options.ts";
export { Task } from "./task/task.ts";
export type { TaskResult, TaskTimes } from "./task/task-result.ts";
export { isTerminal, type TaskState, type TerminalTaskState } from "./task/task-state.ts";
export { abortable } from "./timing/abortable.ts";
export type { TaskDefaults } from "./validate/task-defaults.ts";
