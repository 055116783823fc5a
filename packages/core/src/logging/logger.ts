/** How important a log line is. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Facts that go with a log line; `session`, `task` and `backend` are set where they are known. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where log lines go. A pino logger fits. */
export interface Logger {
  /** For whoever looks for a fault: steps and decisions. */
  debug(fields: LogFields, message: string): void;
  /** What an operator likes to see: openings, closings. */
  info(fields: LogFields, message: string): void;
  /** Something was lost or is about to be, and the session goes on. */
  warn(fields: LogFields, message: string): void;
  /** Something failed for good. */
  error(fields: LogFields, message: string): void;
}
