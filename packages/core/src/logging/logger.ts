/** How important a log line is. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** Facts that go with a log line; `session`, `task` and `backend` are set where they are known. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where log lines go. A pino logger fits. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}
