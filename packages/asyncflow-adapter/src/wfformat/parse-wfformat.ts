import * as z from "zod";
import { flatLayout } from "./flat-layout.ts";
import type { Instance } from "./instance.ts";
import { linkTasks } from "./link-tasks.ts";
import { splitLayout } from "./split-layout.ts";
import { invalidInstance } from "./wfformat-error.ts";
import type { WfFormatVersion, WfWorkflow } from "./workflow.ts";

/** How an instance is read. */
export interface WfFormatOptions {
  /** How long a task runs of which the instance does not tell it, in seconds; many workflows are published without a recorded run. @defaultValue such a task is an error */
  readonly defaultRuntimeSeconds?: number | undefined;
}

const LAYOUTS: Readonly<Record<WfFormatVersion, z.ZodType<Instance, unknown>>> = {
  "1.0": flatLayout,
  "1.1": flatLayout,
  "1.2": flatLayout,
  "1.3": flatLayout,
  "1.4": flatLayout,
  "1.5": splitLayout,
  "1.6": splitLayout,
};

const versioned = z.object({ schemaVersion: z.string() });

/**
 * Reads an instance of WfCommons WfFormat, versions 1.0 to 1.6: tasks with their dependencies, run times, cores and files.
 *
 * Either side of a dependency may name it: a task waits for its `parents`, and for every task that has it as one of its `children`.
 *
 * @param json - The instance as `JSON.parse` gives it.
 * @throws {@link WfFormatError} with code `WFFORMAT_INVALID`, which lists everything that is wrong: fields, the version, ids used twice, tasks that there
 * are not, cycles, run times that are missing.
 *
 * @example
 * ```ts
 * import { criticalPath, parseWfFormat } from "@rhapsody/asyncflow-adapter";
 *
 * const workflow = parseWfFormat({
 *   name: "two-steps",
 *   schemaVersion: "1.6",
 *   workflow: {
 *     specification: {
 *       tasks: [
 *         { id: "split", name: "split", parents: [], children: ["count"] },
 *         { id: "count", name: "count", parents: ["split"], children: [] },
 *       ],
 *     },
 *     execution: {
 *       tasks: [
 *         { id: "split", runtimeInSeconds: 2 },
 *         { id: "count", runtimeInSeconds: 5, coreCount: 4 },
 *       ],
 *     },
 *   },
 * });
 * console.log(criticalPath(workflow).seconds);
 * ```
 */
export function parseWfFormat(json: unknown, options: WfFormatOptions = {}): WfWorkflow {
  const schemaVersion = versionOf(json);
  const parsed = LAYOUTS[schemaVersion].safeParse(json);
  if (!parsed.success) throw invalidInstance(fieldProblems(parsed.error), parsed.error);
  const { name, description, files, machines, makespanSeconds = 0 } = parsed.data;
  const { tasks, problems } = linkTasks(parsed.data, options.defaultRuntimeSeconds);
  if (problems.length > 0) throw invalidInstance(problems);
  return {
    name,
    ...(description === undefined ? {} : { description }),
    schemaVersion,
    tasks,
    files,
    machines,
    // Generated instances say 0.
    ...(makespanSeconds > 0 ? { makespanSeconds } : {}),
  };
}

function versionOf(json: unknown): WfFormatVersion {
  const parsed = versioned.safeParse(json);
  if (!parsed.success) throw invalidInstance(fieldProblems(parsed.error), parsed.error);
  const version = parsed.data.schemaVersion;
  if (isSupported(version)) return version;
  const supported = Object.keys(LAYOUTS).join(", ");
  const message = `version ${version} cannot be read, only ${supported}`;
  throw invalidInstance([{ kind: "version", at: "schemaVersion", message }]);
}

function isSupported(version: string): version is WfFormatVersion {
  return Object.hasOwn(LAYOUTS, version);
}

function fieldProblems(error: z.ZodError): { kind: "field"; at: string; message: string }[] {
  return error.issues.map(({ path, message }) => ({
    kind: "field",
    at: z.core.toDotPath(path) || "instance",
    message,
  }));
}
