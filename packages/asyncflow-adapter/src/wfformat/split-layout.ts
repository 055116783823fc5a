import * as z from "zod";
import type { Instance } from "./instance.ts";

const strings = z.array(z.string()).nullish();
const amount = z.number().nonnegative();

/** WfFormat 1.5 and 1.6: what the workflow is and how it ran are apart. Fields as in `wfcommons-schema.json` of github.com/wfcommons/WfFormat. */
const layout = z.object({
  name: z.string(),
  description: z.string().nullish(),
  workflow: z.object({
    specification: z.object({
      tasks: z
        .array(
          z.object({
            id: z.string().min(1),
            name: z.string().min(1),
            parents: strings,
            children: strings,
            inputFiles: strings,
            outputFiles: strings,
          }),
        )
        .min(1),
      files: z.array(z.object({ id: z.string(), sizeInBytes: amount })).nullish(),
    }),
    execution: z
      .object({
        makespanInSeconds: z.number().nullish(),
        tasks: z.array(
          z.object({
            id: z.string(),
            runtimeInSeconds: amount,
            coreCount: z.number().positive().nullish(),
            memoryInBytes: amount.nullish(),
            command: z.object({ program: z.string().nullish(), arguments: strings }).nullish(),
            machines: strings,
          }),
        ),
        machines: z
          .array(
            z.object({
              nodeName: z.string(),
              memoryInBytes: amount.nullish(),
              cpu: z.object({ coreCount: amount.nullish() }).nullish(),
            }),
          )
          .nullish(),
      })
      .nullish(),
  }),
});

/** Reads the layout of WfFormat 1.5 and 1.6. */
export const splitLayout: z.ZodType<Instance, unknown> = layout.transform(({ name, description, workflow }) => {
  const { specification, execution } = workflow;
  return {
    name,
    description: description ?? undefined,
    makespanSeconds: execution?.makespanInSeconds ?? undefined,
    tasks: specification.tasks.map((task) => ({
      id: task.id,
      name: task.name,
      calledBy: [task.id],
      parents: task.parents ?? [],
      children: task.children ?? [],
      inputFiles: task.inputFiles ?? [],
      outputFiles: task.outputFiles ?? [],
    })),
    executions: (execution?.tasks ?? []).map((task) => [
      task.id,
      {
        runtimeSeconds: task.runtimeInSeconds,
        cores: task.coreCount ?? undefined,
        memoryBytes: task.memoryInBytes ?? undefined,
        program: task.command?.program ?? undefined,
        arguments: task.command?.arguments ?? [],
        machines: task.machines ?? [],
      },
    ]),
    files: (specification.files ?? []).map(({ id, sizeInBytes }) => ({ id, sizeBytes: sizeInBytes })),
    machines: (execution?.machines ?? []).map(({ nodeName, memoryInBytes, cpu }) => ({
      name: nodeName,
      ...(cpu?.coreCount == null ? {} : { cores: cpu.coreCount }),
      ...(memoryInBytes == null ? {} : { memoryBytes: memoryInBytes }),
    })),
  };
});
