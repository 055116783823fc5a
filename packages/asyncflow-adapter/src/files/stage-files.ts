import { createWriteStream } from "node:fs";
import { access, mkdir, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { FlowError } from "../errors/flow-error.ts";
import { label, type TaskRef } from "../errors/task-errors.ts";
import type { FlowNode } from "../node/flow-node.ts";
import { InputFile, type FileSource } from "./input-file.ts";

/** The files of a task. */
export interface StagedFiles {
  /** Directory of the task. */
  readonly directory: string;
  readonly inputs: readonly InputFile[];
  /** Names of the files that it leaves there. */
  readonly outputs: readonly string[];
}

/**
 * Makes a task's directory and puts its input files there: files of this machine as symbolic links, others fetched.
 *
 * @throws FlowError `FLOW_INPUT_UNAVAILABLE` or `FLOW_OUTPUT_MISSING`.
 */
export async function stageFiles(task: TaskRef, files: StagedFiles, signal: AbortSignal): Promise<void> {
  const { directory, inputs, outputs } = files;
  const parents = new Set(
    [...inputs.map(({ name }) => name), ...outputs].map((name) => dirname(join(directory, name))),
  );
  await Promise.all([directory, ...parents].map((path) => mkdir(path, { recursive: true })));
  await Promise.all(
    inputs.map(async (file) => {
      const target = join(directory, file.name);
      // Left by an earlier attempt.
      await rm(target, { force: true, recursive: true });
      await putThere(task, { source: InputFile.sourceOf(file), target, signal });
    }),
  );
}

/**
 * The path of a file that a task has left behind.
 *
 * @throws FlowError `FLOW_OUTPUT_MISSING` when it is not there.
 */
export async function pathOfOutput(node: FlowNode, name: string): Promise<string> {
  const path = join(node.directory ?? "", name);
  try {
    await access(path);
    return path;
  } catch (cause) {
    const message = `[${label(node)}] it declares the output ${JSON.stringify(name)} and did not leave it at ${path}`;
    throw new FlowError("FLOW_OUTPUT_MISSING", message, { cause });
  }
}

interface Transfer {
  readonly source: FileSource;
  readonly target: string;
  readonly signal: AbortSignal;
}

async function putThere(task: TaskRef, { source, target, signal }: Transfer): Promise<void> {
  if (source.kind === "output") return await symlink(await pathOfOutput(source.node, source.name), target);
  const from = source.kind === "path" ? source.path : short(source.url);
  try {
    if (source.kind === "url") return await fetchTo(source, target, signal);
    await access(source.path);
    await symlink(source.path, target);
  } catch (cause) {
    const how = cause instanceof Error ? cause.message : String(cause);
    throw new FlowError("FLOW_INPUT_UNAVAILABLE", `[${label(task)}] the input ${from} cannot be had: ${how}`, {
      cause,
    });
  }
}

async function fetchTo(
  { url, timeoutMs }: Extract<FileSource, { kind: "url" }>,
  target: string,
  signal: AbortSignal,
): Promise<void> {
  const limits = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const response = await fetch(url, { signal: limits });
  if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`);
  // Whole or not at all: a file that is cut off looks like one that is not.
  const part = `${target}.part`;
  try {
    // The types of the web's streams and of Node's differ in name only.
    const body = response.body as ReadableStream<Uint8Array> | null;
    await pipeline(body === null ? Readable.from([]) : Readable.fromWeb(body), createWriteStream(part), {
      signal: limits,
    });
    await rename(part, target);
  } finally {
    await rm(part, { force: true });
  }
}

/** Without what may be secret in a query, or long in a `data:` URL. */
function short(url: string): string {
  return url.startsWith("data:") ? "data: URL" : url.replace(/[?#].*$/, "");
}
