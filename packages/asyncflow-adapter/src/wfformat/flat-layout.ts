import * as z from "zod";
import type { Instance } from "./instance.ts";

const strings = z.array(z.string()).nullish();
const amount = z.number().nonnegative();

const task = z.object({
  name: z.string().min(1),
  id: z.string().nullish(),
  category: z.string().nullish(),
  parents: strings,
  children: strings,
  files: z
    .array(
      z.object({
        name: z.string(),
        path: z.string().nullish(),
        link: z.string().toLowerCase(),
        size: amount.nullish(),
        sizeInBytes: amount.nullish(),
      }),
    )
    .nullish(),
  runtime: amount.nullish(),
  runtimeInSeconds: amount.nullish(),
  cores: z.number().positive().nullish(),
  memory: amount.nullish(),
  memoryInBytes: amount.nullish(),
  command: z.object({ program: z.string().nullish(), arguments: strings }).nullish(),
  machine: z.string().nullish(),
});

const workflow = z.object({
  makespan: z.number().nullish(),
  makespanInSeconds: z.number().nullish(),
  tasks: z.array(task).min(1),
  machines: z
    .array(
      z.object({
        nodeName: z.string(),
        memory: amount.nullish(),
        memoryInBytes: amount.nullish(),
        cpu: z.object({ count: amount.nullish() }).nullish(),
      }),
    )
    .nullish(),
});

/** WfFormat 1.0 to 1.4: one list of tasks, called `jobs` until 1.2, each with its files. 1.4 renamed fields; real files have old and new ones. */
const layout = z.object({
  name: z.string(),
  description: z.string().nullish(),
  workflow: z.preprocess(renameJobs, workflow),
});

/** Reads the layout of WfFormat 1.0 to 1.4. */
export const flatLayout: z.ZodType<Instance, unknown> = layout.transform(
  ({ name, description, workflow: recorded }) => ({
    name,
    description: description ?? undefined,
    makespanSeconds: recorded.makespanInSeconds ?? recorded.makespan ?? undefined,
    tasks: recorded.tasks.map((entry) => {
      const files = entry.files ?? [];
      return {
        id: idOf(entry),
        name: entry.category ?? entry.command?.program ?? entry.name,
        // Parents are named by `name` in most files, by `id` in some.
        calledBy: [...new Set([idOf(entry), entry.name, entry.id ?? entry.name])],
        parents: entry.parents ?? [],
        children: entry.children ?? [],
        inputFiles: files.filter(({ link }) => link === "input").map(fileId),
        outputFiles: files.filter(({ link }) => link === "output").map(fileId),
      };
    }),
    executions: recorded.tasks.map((entry) => [
      idOf(entry),
      {
        runtimeSeconds: entry.runtimeInSeconds ?? entry.runtime ?? undefined,
        cores: entry.cores ?? undefined,
        memoryBytes: bytesOf(entry),
        program: entry.command?.program ?? undefined,
        arguments: entry.command?.arguments ?? [],
        machines: entry.machine == null ? [] : [entry.machine],
      },
    ]),
    files: sizesOf(recorded.tasks),
    machines: (recorded.machines ?? []).map((machine) => {
      const memoryBytes = bytesOf(machine);
      return {
        name: machine.nodeName,
        ...(machine.cpu?.count == null ? {} : { cores: machine.cpu.count }),
        ...(memoryBytes === undefined ? {} : { memoryBytes }),
      };
    }),
  }),
);

function renameJobs(value: unknown): unknown {
  return typeof value === "object" && value !== null && "jobs" in value ? { tasks: value.jobs, ...value } : value;
}

type FlatTask = z.output<typeof task>;
type FlatFile = NonNullable<FlatTask["files"]>[number];

/** As `wfcommons-migrate-instance.py` makes ids of 1.5 from names and ids of 1.4. */
function idOf({ name, id }: FlatTask): string {
  return id == null || name.includes(id) ? name : `${name}_${id}`;
}

function fileId({ path, name }: FlatFile): string {
  return `${path ?? ""}${name}`;
}

/** `memory` counts in kB. */
function bytesOf(entry: {
  readonly memory?: number | null | undefined;
  readonly memoryInBytes?: number | null | undefined;
}): number | undefined {
  if (entry.memoryInBytes != null) return entry.memoryInBytes;
  return entry.memory == null ? undefined : entry.memory * 1000;
}

function sizesOf(tasks: readonly FlatTask[]): { readonly id: string; readonly sizeBytes: number }[] {
  const sizes = new Map<string, number>();
  for (const file of tasks.flatMap(({ files }) => files ?? [])) {
    const size = file.sizeInBytes ?? file.size;
    if (size != null && !sizes.has(fileId(file))) sizes.set(fileId(file), size);
  }
  return [...sizes].map(([id, sizeBytes]) => ({ id, sizeBytes }));
}
