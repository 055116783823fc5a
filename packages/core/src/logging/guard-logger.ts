import type { LogFields, Logger, LogLevel } from "./logger.ts";

/** A logger that never throws, whatever the given one does: a full disk must not stop a session. */
export function guardLogger(logger: Logger): Logger {
  const guarded =
    (level: LogLevel) =>
    (fields: LogFields, message: string): void => {
      try {
        logger[level](fields, message);
      } catch {
        // There is nowhere else to tell of it.
      }
    };
  return { debug: guarded("debug"), info: guarded("info"), warn: guarded("warn"), error: guarded("error") };
}
