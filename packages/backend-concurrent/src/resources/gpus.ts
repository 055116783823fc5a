import type { System } from "./system.ts";

/** Who makes the GPUs, which decides the variable that hides them; `unknown` for GPUs that are declared and not found. */
export type GpuVendor = "nvidia" | "amd" | "unknown";

/** The GPUs that tasks may use. */
export interface Gpus {
  readonly vendor: GpuVendor;
  /** As in `CUDA_VISIBLE_DEVICES` and `ROCR_VISIBLE_DEVICES`: indices or UUIDs. */
  readonly ids: readonly string[];
}

/** Finds GPUs with `nvidia-smi`, then `rocm-smi`. Those that this process may not see, by the variables that it inherited, are left out. */
export function detectGpus(system: System): Gpus {
  const nvidia = parseNvidiaSmi(system.runTool("nvidia-smi", ["-L"]) ?? "");
  if (nvidia.length > 0) return visible("nvidia", nvidia, system);
  const amd = parseRocmSmi(system.runTool("rocm-smi", ["--showid"]) ?? "");
  if (amd.length > 0) return visible("amd", amd, system);
  return { vendor: "unknown", ids: [] };
}

/**
 * As many GPUs as the user declares: those that are found, then those named by the variables that this process inherited, then
 * further indices. For GPUs that no tool lists.
 */
export function declareGpus(count: number, system: System): Gpus {
  if (count === 0) return { vendor: "unknown", ids: [] };
  const found = detectGpus(system);
  const { CUDA_VISIBLE_DEVICES: cuda, ROCR_VISIBLE_DEVICES: rocr } = system.environment;
  const inherited = upToInvalid((cuda ?? rocr ?? "").split(","), (id) => /^(\d+|(GPU|MIG)-\S+)$/.test(id));
  const ids = new Set([...(found.ids.length > 0 ? found.ids : inherited)].slice(0, count));
  for (let index = 0; ids.size < count; index += 1) ids.add(String(index));
  return { vendor: found.vendor, ids: [...ids] };
}

/** Names the variables that hide GPUs from a program, by vendor. */
export function gpuVariables(vendor: GpuVendor): readonly string[] {
  // HIP reads both, one after the other, so on AMD only one may be set.
  if (vendor === "nvidia") return ["CUDA_VISIBLE_DEVICES"];
  return vendor === "amd" ? ["ROCR_VISIBLE_DEVICES"] : ["CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"];
}

interface Device {
  readonly id: string;
  readonly uuid: string;
}

/** Lines such as `GPU 0: NVIDIA H100 (UUID: GPU-8f…)`, each followed by its parts, `  MIG 1g.10gb Device 0: (UUID: MIG-c7…)`, if it is split up. */
function parseNvidiaSmi(text: string): readonly Device[] {
  const devices: Device[] = [];
  for (const line of text.split("\n")) {
    const [, index] = /^GPU (\d+):/.exec(line) ?? [];
    const [, uuid] = /\(UUID: ([^)]+)\)/.exec(line) ?? [];
    if (uuid === undefined) continue;
    if (index !== undefined) devices.push({ id: index, uuid });
    if (!/^\s+MIG /.test(line)) continue;
    // A GPU that is split up cannot be used whole, and its parts have no index.
    if (devices.at(-1)?.uuid.startsWith("GPU-") === true) devices.pop();
    devices.push({ id: uuid, uuid });
  }
  return devices;
}

/** Lines such as `GPU[0]		: Device Name: …`, several for each device. */
function parseRocmSmi(text: string): readonly Device[] {
  const indices = [...text.matchAll(/^GPU\[(\d+)\]/gm)].map(([, index = ""]) => index);
  return [...new Set(indices)].map((id) => ({ id, uuid: id }));
}

function visible(vendor: "nvidia" | "amd", devices: readonly Device[], { environment }: System): Gpus {
  const value = gpuVariables(vendor).map((name) => environment[name])[0];
  if (value === undefined) return { vendor, ids: devices.map(({ id }) => id) };
  const exists = (id: string): boolean =>
    id !== "" && devices.some((device, index) => id === String(index) || device.uuid.startsWith(id));
  return { vendor, ids: upToInvalid(value.split(","), exists) };
}

/** What comes after an invalid id does not count: CUDA C++ Programming Guide, "CUDA Environment Variables". */
function upToInvalid(ids: readonly string[], isValid: (id: string) => boolean): readonly string[] {
  const trimmed = ids.map((id) => id.trim());
  const end = trimmed.findIndex((id) => !isValid(id));
  return end === -1 ? trimmed : trimmed.slice(0, end);
}
