import { appendFileSync } from "node:fs";
import { inspect } from "node:util";
import { messageOf } from "../errors/message-of.ts";
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
  const wanted = value?.toLowerCase();
  if (wanted === "silent") return "silent";
  return levels.find((level) => level === wanted) ?? "warn";
}

function toLine(level: LogLevel, fields: LogFields, message: string): string {
  const facts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${toText(value)}`);
  return `${new Date().toISOString()} ${level.toUpperCase()} ${message}${facts.length > 0 ? `  ${facts.join(" ")}` : ""}\n`;
}

function toText(value: unknown): string {
  if (value instanceof AggregateError) {
    const messages = value.errors.map((error: unknown) => messageOf(error));
    return JSON.stringify([value.message, ...messages].join("; "));
  }
  if (value instanceof Error) return JSON.stringify(value.message);
  return typeof value === "string" ? value : inspect(value, { breakLength: Infinity, depth: 3 });
}

function toJson(level: LogLevel, fields: LogFields, message: string): string {
  const line = { time: Date.now(), level, message };
  try {
    return `${JSON.stringify({ ...line, ...fields }, (_, value: unknown) => toPlain(value))}\n`;
  } catch {
    // Something in there contains itself, or throws when it is read.
    const readable = Object.entries(fields).map(([name, value]) => [name, toText(value)] as const);
    return `${JSON.stringify({ ...line, ...Object.fromEntries(readable) })}\n`;
  }
}

function toPlain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  const errors: unknown = value instanceof AggregateError ? value.errors : undefined;
  // None of these is enumerable, so JSON would leave them out.
  return { ...Object.fromEntries(Object.entries(value)), name, message, stack, cause, errors };
}
