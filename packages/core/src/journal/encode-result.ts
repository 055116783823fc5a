import type { TaskKind } from "../backend/capabilities.ts";
import { messageOf } from "../errors/message-of.ts";
import { RhapsodyError } from "../errors/rhapsody-error.ts";
import type { TaskResult, TaskTimes } from "../task/task-result.ts";
import { decodeValue, encodeValue } from "./encode-value.ts";
import type { StoredResult } from "./journal.ts";

/** The small parts of a result that have no place of their own; absent ones are left out. */
interface Details {
  readonly kind: TaskKind;
  /** Absent when it is the uid. */
  readonly name?: string | undefined;
  readonly times: TaskTimes;
  readonly signal?: string | undefined;
  readonly usage?: TaskResult["usage"];
  readonly inference?: TaskResult["inference"];
  readonly resources?: TaskResult["resources"];
  readonly outputTruncated?: true | undefined;
  readonly cached?: true | undefined;
}

/**
 * A result as a journal keeps it.
 *
 * @throws TypeError when what a function returned or a model answered cannot be kept, and names the part.
 */
export function encodeResult(result: TaskResult, kind: TaskKind, cacheKey?: string): StoredResult {
  const { state, attempts, times, stdout, stderr } = result;
  const stored: Writable<StoredResult> = {
    state,
    attempts,
    finished: times.finished,
    details: detailsOf(result, kind),
  };
  if (result.backend !== undefined) stored.backend = result.backend;
  if (result.exitCode !== undefined) stored.exitCode = result.exitCode;
  if (result.error !== undefined) stored.error = errorOf(result.error);
  if (stdout !== "") stored.stdout = stdout.toWellFormed();
  if (stderr !== "") stored.stderr = stderr.toWellFormed();
  if (cacheKey !== undefined) stored.cacheKey = cacheKey;
  if (state !== "DONE" || kind === "executable") return stored;
  const value = encodeValue(result.returnValue, kind === "function" ? "returnValue" : "response");
  if (value !== undefined) stored.value = value;
  return stored;
}

/** The result of a task that ended `DONE`, just as it was shown. Of others the `error` is missing. */
export function decodeResult(uid: string, stored: StoredResult): TaskResult {
  const { state, attempts, backend, exitCode, stdout = "", stderr = "", value } = stored;
  // Only `encodeResult` writes these.
  const details = JSON.parse(stored.details) as Details;
  const { kind, name = uid, times, signal, usage, inference, resources, outputTruncated = false, cached } = details;
  const done = kind === "executable" ? stdout : decodeValue(value);
  const result: Writable<TaskResult> = {
    uid,
    name,
    state,
    returnValue: state === "DONE" ? done : undefined,
    stdout,
    stderr,
    outputTruncated,
    attempts,
    times,
  };
  if (backend !== undefined) result.backend = backend;
  if (exitCode !== undefined) result.exitCode = exitCode;
  if (signal !== undefined) result.signal = signal;
  if (kind !== "function" && value !== undefined) result.response = done;
  if (usage !== undefined) result.usage = usage;
  if (inference !== undefined) result.inference = inference;
  if (resources !== undefined) result.resources = resources;
  if (cached !== undefined) result.cached = cached;
  return result;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function detailsOf(result: TaskResult, kind: TaskKind): string {
  const { uid, name, times, signal, usage, inference, resources, outputTruncated, cached } = result;
  const details: Details = {
    kind,
    name: name === uid ? undefined : name,
    times,
    signal,
    usage,
    inference,
    resources,
    outputTruncated: outputTruncated || undefined,
    cached,
  };
  return JSON.stringify(details);
}

function errorOf(error: Error): { readonly code: string; readonly message: string } {
  const code = RhapsodyError.isInstance(error) ? error.code : error.name;
  return { code, message: messageOf(error).toWellFormed() };
}
