import { describe, expect, it } from "vitest";
import { parseBackendOptions } from "../options/backend-options.ts";
import { fakeSystem } from "./__fixtures__/fake-system.ts";
import { containerV2, limits, nestedV1, statusOfTaskset } from "./__fixtures__/recorded-files.ts";
import { toBudget } from "./budget.ts";
import { Machine } from "./machine.ts";

describe("toBudget", () => {
  it("takes what affinity leaves, by the ids of the cores", () => {
    const system = fakeSystem({ "/proc/self/status": statusOfTaskset }, { availableParallelism: 4 });

    expect(toBudget(parseBackendOptions({}), new Machine(system))).toMatchObject({ cores: 4, coreIds: [0, 1, 2, 6] });
  });

  it("takes whole cores of the quota of the control groups, and at least one", () => {
    const ofQuota = (files: Readonly<Record<string, string>>): number => {
      return toBudget(parseBackendOptions({}), new Machine(fakeSystem(files))).cores;
    };

    expect(ofQuota(containerV2)).toBe(3);
    expect(ofQuota(nestedV1)).toBe(1);
    expect(ofQuota({ ...containerV2, "/sys/fs/cgroup/cpu.max": "50000 100000\n" })).toBe(1);
  });

  it("takes the memory that the control groups leave", () => {
    const budget = (total: number) =>
      toBudget(parseBackendOptions({}), new Machine(fakeSystem(containerV2, { totalMemoryBytes: total })));

    expect(budget(2 ** 40).memoryBytes).toBe(2 ** 31);
    expect(budget(2 ** 30).memoryBytes).toBe(2 ** 30);
  });

  it("has as many cores as tasks that were asked for at a time, so that these really run", () => {
    const machine = new Machine(fakeSystem({}, { availableParallelism: 2 }));

    const { cores, coreIds, programs, workers } = toBudget(parseBackendOptions({ maxConcurrency: 4 }), machine);

    expect({ cores, coreIds, programs, workers }).toEqual({ cores: 4, coreIds: [0, 1, 2, 3], programs: 4, workers: 4 });
  });

  it("takes what it is told over what it finds", () => {
    const machine = new Machine(fakeSystem(containerV2));
    const resources = { cores: 12, gpus: 1, memoryBytes: 5 };

    expect(toBudget(parseBackendOptions({ resources, maxConcurrency: 99 }), machine)).toMatchObject({
      cores: 12,
      gpus: { ids: ["0"] },
      memoryBytes: 5,
    });
  });

  it("bounds programs and workers by the limits of this process", () => {
    const machine = new Machine(fakeSystem({ "/proc/self/limits": limits }, { availableParallelism: 128 }));

    expect(toBudget(parseBackendOptions({}), machine)).toMatchObject({ programs: 2000, workers: 24 });
  });

  it("looks at nothing twice", () => {
    let reads = 0;
    const system = fakeSystem({});
    const counting = { ...system, readText: () => void (reads += 1), runTool: () => void (reads += 1) };
    const machine = new Machine(counting);
    toBudget(parseBackendOptions({}), machine);
    const first = reads;

    toBudget(parseBackendOptions({}), machine);

    expect(first).toBeGreaterThan(0);
    expect(reads).toBe(first);
  });
});
