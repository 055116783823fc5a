import type { AcceptedTask, Encoded, StateChange, StoredResult, TaskEnding } from "@rhapsody/core";
import { type FileReference, LARGE_PARTS, type LargePart, type OutputFiles } from "./output-files.ts";
import type { Row, Value } from "./query.ts";

/** Parts of a result that lie in files. */
export type Files = Partial<Readonly<Record<LargePart, FileReference>>>;

/** Of a result: the parts that stay in its row, and those that lie in files. */
export type KeptParts = Readonly<Record<LargePart, Encoded | undefined>> & { readonly files: Files };

export function taskRow(task: AcceptedTask): Value[] {
  return [task.sequence, text(task.uid), task.submitted, task.description];
}

export function changeRow(number: number, change: StateChange): Value[] {
  const { sequence, state, attempt, backend, at, reason } = change;
  return [number, sequence, state, attempt, text(backend), at, text(reason)];
}

export function resultRow(number: number, { sequence, result }: TaskEnding, kept: KeptParts): Value[] {
  const hasFiles = LARGE_PARTS.some((part) => kept.files[part] !== undefined);
  return [
    number,
    sequence,
    result.state,
    result.attempts,
    text(result.backend),
    result.finished,
    result.exitCode ?? null,
    text(result.error?.code),
    text(result.error?.message),
    text(result.details),
    text(kept.stdout),
    text(kept.stderr),
    text(kept.value),
    hasFiles ? JSON.stringify(kept.files) : null,
    text(result.cacheKey),
  ];
}

/** A row of `results` as the result that it was. Reads the files that belong to it. */
export function toResult(row: Row, outputs: OutputFiles): StoredResult {
  const [
    ,
    ,
    state,
    attempts,
    backend,
    finished,
    exitCode,
    errorCode,
    errorMessage,
    details,
    stdout,
    stderr,
    value,
    ,
    cacheKey,
  ] = row;
  const result = {
    // What this package wrote.
    state: state as StoredResult["state"],
    attempts: Number(attempts),
    ...(backend != null && { backend: read(backend) }),
    finished: Number(finished),
    ...(exitCode != null && { exitCode: Number(exitCode) }),
    ...(errorCode != null && { error: { code: read(errorCode), message: read(errorMessage) } }),
    details: read(details),
    ...(stdout != null && { stdout: read(stdout) }),
    ...(stderr != null && { stderr: read(stderr) }),
    ...(value != null && { value: value as Encoded }),
    ...(cacheKey != null && { cacheKey: read(cacheKey) }),
  };
  const files = filesOf(row);
  const fromFiles = LARGE_PARTS.flatMap((part) => {
    const reference = files[part];
    return reference === undefined ? [] : [[part, outputs.read(reference)] as const];
  });
  return { ...result, ...Object.fromEntries(fromFiles) };
}

/** The files that a row of `results` refers to. */
export function filesOf(row: Row): Files {
  const files = row[13];
  return typeof files === "string" ? (JSON.parse(files) as Files) : {};
}

/** A row of `tasks` as the task that it was. */
export function toTask([sequence, uid, submitted, description]: Row): AcceptedTask {
  return {
    sequence: Number(sequence),
    uid: read(uid),
    submitted: Number(submitted),
    description: description as Encoded,
  };
}

/** Text as it is stored. Node 22 reads text only up to a zero character; with one in it, text goes in as its bytes. */
export function text(value: Encoded | undefined): Encoded | null {
  if (value === undefined) return null;
  return typeof value === "string" && value.includes("\0") ? Buffer.from(value, "utf8") : value;
}

/** Text as it was before {@link text}. */
export function read(value: Value | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value ?? "");
}
