import { readFile } from "node:fs/promises";
import { parseWfFormat, type WfFormatOptions } from "./parse-wfformat.ts";
import { WfFormatError } from "./wfformat-error.ts";
import type { WfWorkflow } from "./workflow.ts";

/**
 * Reads a file that holds an instance of WfCommons WfFormat; see {@link parseWfFormat}.
 *
 * @throws {@link WfFormatError} with code `WFFORMAT_UNREADABLE` when the file cannot be read or holds no JSON, with `WFFORMAT_INVALID` when that is
 * no instance that can be used.
 */
export async function readWfFormat(path: string | URL, options: WfFormatOptions = {}): Promise<WfWorkflow> {
  return parseWfFormat(await readJson(path), options);
}

async function readJson(path: string | URL): Promise<unknown> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new WfFormatError("WFFORMAT_UNREADABLE", { message: `${String(path)} cannot be read`, cause });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WfFormatError("WFFORMAT_UNREADABLE", { message: `${String(path)} holds no JSON`, cause });
  }
}
