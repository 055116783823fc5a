import { appendFileSync } from "node:fs";
import { inspect } from "node:util";
import type { LogFields, Logger, LogLevel } from "./logger.ts";

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Where {@link createLogger} writes. */
export interface LoggerOptions {
  /** Least important level to write. @defaultValue `RHAPSODY_LOG_LEVEL`, else `"warn"` */
  readonly level?: LogLevel | "silent" | undefined;
  /** File to append JSON lines to. @defaultValue readable lines on standard error */
  readonly file?: string | undefined;
}

/** A logger that writes readable lines to standard error, or JSON lines to a file. */
export function createLogger(options: LoggerOptions = {}): Logger {
  const level = options.level ?? levelFrom(process.env["RHAPSODY_LOG_LEVEL"]);
  const least = level === "silent" ? levels.length : levels.indexOf(level);
  const { file } = options;
  const at =
    (own: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (levels.indexOf(own) < least) return;
      if (file === undefined) process.stderr.write(toLine(own, fields, message));
      // Synchronous: the last line before a crash is the one that matters.
      else appendFileSync(file, toJson(own, fields, message));
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** A logger that writes nowhere. */
export const silentLogger: Logger = createLogger({ level: "silent" });

function levelFrom(value: string | undefined): LogLevel | "silent" {
  if (value === "silent") return "silent";
  return levels.find((level) => level === value) ?? "warn";
}

function toLine(level: LogLevel, fields: LogFields, message: string): string {
  const facts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value instanceof Error ? JSON.stringify(value.message) : toText(value)}`);
  return `${new Date().toISOString()} ${level.toUpperCase()} ${message}${facts.length > 0 ? `  ${facts.join(" ")}` : ""}\n`;
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : inspect(value, { breakLength: Infinity, depth: 3 });
}

function toJson(level: LogLevel, fields: LogFields, message: string): string {
  const plain = (_: string, value: unknown): unknown => {
    if (value instanceof Error)
      return {
        ...Object.fromEntries(Object.entries(value)),
        name: value.name,
        message: value.message,
        stack: value.stack,
      };
    return typeof value === "bigint" ? String(value) : value;
  };
  return `${JSON.stringify({ time: Date.now(), level, message, ...fields }, plain)}\n`;
}
