import { describe, expect, it } from "vitest";
import { fakeSystem } from "./__fixtures__/fake-system.ts";
import { jobV2, limits } from "./__fixtures__/recorded-files.ts";
import { toConcurrencyLimits } from "./concurrency-limits.ts";
import { readProcessLimits } from "./process-limits.ts";

describe("readProcessLimits", () => {
  it("reads soft and hard limits", () => {
    const system = fakeSystem({ "/proc/self/limits": limits });

    expect(readProcessLimits(system)).toEqual({ openFiles: 256, openFilesHard: 20_000, processes: 4000 });
  });

  it("takes the limit of processes of the control groups where that is lower", () => {
    const system = fakeSystem({ ...jobV2, "/proc/self/limits": limits });

    expect(readProcessLimits(system).processes).toBe(1000);
  });

  it("knows no limit where there is no such file", () => {
    const none = { openFiles: Infinity, openFilesHard: Infinity, processes: Infinity };

    expect(readProcessLimits(fakeSystem({}))).toEqual(none);
  });
});

describe("toConcurrencyLimits", () => {
  it("counts on the hard limit for programs, which the helper raises its own to, and on the soft one for workers", () => {
    const { programs, workers } = toConcurrencyLimits({ openFiles: 256, openFilesHard: 1024, processes: Infinity });

    expect({ programs, workers }).toEqual({ programs: 160, workers: 24 });
  });

  it("leaves half of the processes to what tasks start and to the user", () => {
    const { programs } = toConcurrencyLimits({ openFiles: Infinity, openFilesHard: Infinity, processes: 100 });

    expect(programs).toBe(50);
  });

  it("always lets one run", () => {
    expect(toConcurrencyLimits({ openFiles: 20, openFilesHard: 20, processes: 1 })).toEqual({
      programs: 1,
      workers: 1,
    });
  });
});
