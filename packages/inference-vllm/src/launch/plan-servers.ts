import type { LaunchSettings } from "./launch-options.ts";
import type { ServeConfiguration } from "./read-config-file.ts";

/** What a server is, but for its port when any free one will do. */
export interface ServerPlan {
  readonly name: string;
  readonly node: number;
  readonly gpus?: readonly number[];
  /** Absent for a free one. */
  readonly port?: number;
}

/** The servers that options ask for, in the order of their nodes and GPUs. */
export function planServers(settings: LaunchSettings, configuration: ServeConfiguration): readonly ServerPlan[] {
  const { numNodes, offset, numGpus = 0, gpuOffset } = settings;
  const tpSize = settings.tpSize ?? configuration.tpSize ?? 1;
  const perNode = settings.replicas ?? Math.max(1, Math.floor(numGpus / tpSize));
  const port = settings.port ?? configuration.port ?? 0;
  return Array.from({ length: numNodes * perNode }, (_, index) => {
    const onNode = index % perNode;
    const first = gpuOffset + onNode * tpSize;
    return {
      name: `replica-${index}`,
      node: offset + Math.floor(index / perNode),
      ...(numGpus > 0 && { gpus: Array.from({ length: tpSize }, (_none, gpu) => first + gpu) }),
      ...(port > 0 && { port: port + onNode }),
    };
  });
}

/** Variables that tell a process which GPUs there are, those of a scheduler's choice first. */
const DEVICE_VARIABLES = ["ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "ZE_AFFINITY_MASK", "CUDA_VISIBLE_DEVICES"];

/**
 * The variable that gives a server its GPUs. Where a scheduler has said which ones there are, numbers count within these.
 *
 * @throws RangeError when there are fewer.
 */
export function visibleDevices(
  gpus: readonly number[],
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const name = DEVICE_VARIABLES.find((variable) => environment[variable]) ?? "CUDA_VISIBLE_DEVICES";
  const there = environment[name]?.split(",").filter((device) => device.trim() !== "") ?? [];
  if (there.length === 0) return { [name]: gpus.join(",") };
  const chosen = gpus.map((gpu) => {
    const device = there[gpu];
    if (device !== undefined) return device;
    throw new RangeError(
      `it was to use GPU ${gpu}, and ${name} leaves it ${there.length} (${there.join(",")}), which count from 0`,
    );
  });
  return { [name]: chosen.join(",") };
}

/** Arguments of the program `vllm`. */
export function serveArguments(
  settings: LaunchSettings,
  { port, host }: { readonly port: number; readonly host: string },
): readonly string[] {
  const { configFile, tpSize, extraArguments } = settings;
  const model = settings.model ?? settings.modelName;
  const called = settings.model === undefined ? undefined : settings.modelName;
  return [
    "serve",
    ...(model === undefined ? [] : [model]),
    ...(configFile === undefined ? [] : ["--config", configFile]),
    "--host",
    host,
    "--port",
    String(port),
    ...(tpSize === undefined ? [] : ["--tensor-parallel-size", String(tpSize)]),
    ...(called === undefined ? [] : ["--served-model-name", called]),
    // Its log is a file: not a line for each request.
    "--disable-uvicorn-access-log",
    ...extraArguments,
  ];
}
