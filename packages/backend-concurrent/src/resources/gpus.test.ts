import { describe, expect, it } from "vitest";
import { fakeSystem } from "./__fixtures__/fake-system.ts";
import { declareGpus, detectGpus, gpuVariables } from "./gpus.ts";

/** Format of `nvidia-smi -L` as in NVIDIA's MIG User Guide, r580, with ids cut short. */
const WHOLE = `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-3a6bd5ee-1)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-8d2bb62a-2)
GPU 2: NVIDIA H100 80GB HBM3 (UUID: GPU-9f77c0de-3)
`;
const SPLIT = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d)
  MIG 3g.20gb     Device  0: (UUID: MIG-c7384736-a75d)
  MIG 3g.20gb     Device  1: (UUID: MIG-a28ad590-3fda)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-7a1f11aa-0c4e)
`;
/** Format of `rocm-smi --showid` of ROCm 6. */
const AMD = `

============================ ROCm System Management Interface ============================
=========================================== ID ===========================================
GPU[0]		: Device Name: 		AMD Instinct MI250X
GPU[0]		: Device ID: 		0x7408
GPU[1]		: Device Name: 		AMD Instinct MI250X
GPU[1]		: Device ID: 		0x7408
==========================================================================================
`;

const nvidia = { "nvidia-smi -L": WHOLE };

describe("detectGpus", () => {
  it("finds none where there is no tool", () => {
    expect(detectGpus(fakeSystem({}))).toEqual({ vendor: "unknown", ids: [] });
  });

  it("lists NVIDIA GPUs by index", () => {
    expect(detectGpus(fakeSystem({}, { tools: nvidia }))).toEqual({ vendor: "nvidia", ids: ["0", "1", "2"] });
  });

  it("lists the parts of a GPU that is split up instead of the GPU", () => {
    const system = fakeSystem({}, { tools: { "nvidia-smi -L": SPLIT } });

    expect(detectGpus(system).ids).toEqual(["MIG-c7384736-a75d", "MIG-a28ad590-3fda", "1"]);
  });

  it("lists AMD GPUs, each once", () => {
    const system = fakeSystem({}, { tools: { "rocm-smi --showid": AMD } });

    expect(detectGpus(system)).toEqual({ vendor: "amd", ids: ["0", "1"] });
  });

  it.each([
    ["2,0", ["2", "0"]],
    ["GPU-8d2bb62a", ["GPU-8d2bb62a"]],
    ["", []],
    ["-1", []],
    ["NoDevFiles", []],
    ["1,-1,0", ["1"]],
    ["0,7", ["0"]],
    [" 0 , 1 ", ["0", "1"]],
  ])("takes of them those that CUDA_VISIBLE_DEVICES=%j shows", (value, ids) => {
    const system = fakeSystem({}, { tools: nvidia, environment: { CUDA_VISIBLE_DEVICES: value } });

    expect(detectGpus(system).ids).toEqual(ids);
  });
});

describe("declareGpus", () => {
  it("asks no tool for none", () => {
    const system = { ...fakeSystem({}), runTool: () => expect.fail("a tool was run") };

    expect(declareGpus(0, system).ids).toEqual([]);
  });

  it.each([
    [2, {}, nvidia, "nvidia", ["0", "1"]],
    [4, {}, nvidia, "nvidia", ["0", "1", "2", "3"]],
    [2, { CUDA_VISIBLE_DEVICES: "4,5,6" }, {}, "unknown", ["4", "5"]],
    [2, { ROCR_VISIBLE_DEVICES: "1" }, {}, "unknown", ["1", "0"]],
    [2, {}, {}, "unknown", ["0", "1"]],
  ])("names %i GPUs with the variables %j", (count, environment, tools, vendor, ids) => {
    expect(declareGpus(count, fakeSystem({}, { tools, environment }))).toEqual({ vendor, ids });
  });
});

describe("gpuVariables", () => {
  it("sets both variables only where the vendor is not known: HIP reads one after the other", () => {
    expect(gpuVariables("nvidia")).toEqual(["CUDA_VISIBLE_DEVICES"]);
    expect(gpuVariables("amd")).toEqual(["ROCR_VISIBLE_DEVICES"]);
    expect(gpuVariables("unknown")).toHaveLength(2);
  });
});
