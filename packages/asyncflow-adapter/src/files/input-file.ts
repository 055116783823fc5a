import { basename, isAbsolute, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { FlowNode } from "../node/flow-node.ts";
import { toMs, type Duration } from "../options/duration.ts";

/** How an input file is got. */
export interface InputFileOptions {
  /** Name in the directory of the task. @defaultValue the last part of the path or URL */
  readonly name?: string | undefined;
  /** Longest time that fetching it may take. @defaultValue one minute */
  readonly timeout?: Duration | undefined;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** Where a file comes from. */
export type FileSource =
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "url"; readonly url: string; readonly timeoutMs: number }
  | { readonly kind: "output"; readonly node: FlowNode; readonly name: string };

/**
 * A file that a program finds in its own directory: a path, which is linked there, or an `http:`, `https:`, `data:` or `file:` URL, which is fetched when the
 * task is ready. Building one looks at nothing.
 *
 * What other tasks leave behind comes from `handle.file(name)`.
 */
export class InputFile {
  /** Name in the directory of the task. */
  readonly name: string;
  #source: FileSource;

  /** @throws TypeError when the path is empty, the URL is of another kind, or no name can be made of it. */
  constructor(source: string | URL, options: InputFileOptions = {}) {
    this.#source = toSource(source, toMs("timeout", options.timeout) ?? DEFAULT_TIMEOUT_MS);
    this.name = options.name ?? nameOf(this.#source);
    checkName("InputFile", this.name);
  }

  /** @internal Where a file comes from. */
  static sourceOf(file: InputFile): FileSource {
    return file.#source;
  }

  /** @internal The file that a task leaves behind. */
  static ofOutput(node: FlowNode, name: string): InputFile {
    const file = new InputFile(basename(name), { name: basename(name) });
    file.#source = { kind: "output", node, name };
    return file;
  }
}

function toSource(source: string | URL, timeoutMs: number): FileSource {
  const url = typeof source === "string" ? toUrl(source) : source;
  if (url === undefined) {
    if (source === "") throw new TypeError("InputFile: the path is empty");
    return { kind: "path", path: resolve(String(source)) };
  }
  if (url.protocol === "file:") return { kind: "path", path: fileURLToPath(url) };
  if (["http:", "https:", "data:"].includes(url.protocol)) return { kind: "url", url: url.href, timeoutMs };
  throw new TypeError(`InputFile: ${url.protocol} URLs cannot be fetched: use a path, file:, http:, https: or data:`);
}

/** A path may have a colon in it; a URL begins with a scheme of at least two letters. */
function toUrl(text: string): URL | undefined {
  return !isAbsolute(text) && /^[a-z][a-z0-9+.-]+:/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
}

function nameOf(source: FileSource): string {
  if (source.kind === "path") return basename(source.path);
  if (source.kind === "output") return basename(source.name);
  return source.url.startsWith("data:") ? "data" : basename(decodeURIComponent(new URL(source.url).pathname));
}

/** @throws TypeError when a name leads out of the directory that it is to be in. */
export function checkName(what: string, name: string): void {
  const steps = name.split(/[/\\]/);
  if (name !== "" && !name.includes("\0") && !isAbsolute(name) && !steps.includes("..") && steps.at(-1) !== "") return;
  throw new TypeError(`${what}: ${JSON.stringify(name)} is no name of a file inside of the task's directory`);
}
