import { describe, expect, it } from "vitest";
import { fakeSystem } from "./__fixtures__/fake-system.ts";
import { containerV2, jobV2, nestedV1 } from "./__fixtures__/recorded-files.ts";
import { readCgroupLimits } from "./cgroup-limits.ts";
import { hostSystem } from "./system.ts";

describe("readCgroupLimits", () => {
  it("takes the least of all levels of version 1, and its largest number for no limit", () => {
    expect(readCgroupLimits(fakeSystem(nestedV1))).toEqual({ cores: 1.5, memoryBytes: 536_870_912 });
  });

  it("reads the limits of a container under version 2", () => {
    expect(readCgroupLimits(fakeSystem(containerV2))).toEqual({ cores: 3.5, memoryBytes: 2_147_483_648 });
  });

  it("finds the limits of a job above the step that this process is in", () => {
    expect(readCgroupLimits(fakeSystem(jobV2))).toEqual({ memoryBytes: 8_589_934_592, processes: 1000 });
  });

  it("looks no higher than what is mounted", () => {
    const files = {
      ...containerV2,
      "/proc/self/cgroup": "0::/../../elsewhere\n",
      "/proc/self/mountinfo": "1 2 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
    };

    expect(readCgroupLimits(fakeSystem(files))).toEqual({ cores: 3.5, memoryBytes: 2_147_483_648 });
  });

  it("knows no limit where there are no control groups", () => {
    expect(readCgroupLimits(fakeSystem({}))).toEqual({});
  });

  it("reads those of the machine that the test runs on", () => {
    const { memoryBytes = Infinity } = readCgroupLimits(hostSystem);

    expect(memoryBytes).toBeGreaterThan(process.memoryUsage.rss());
  });
});
