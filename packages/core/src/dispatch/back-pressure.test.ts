import { describe, expect, it } from "vitest";
import { openSession, program, turn } from "../__fixtures__/open-session.ts";
import type { BackendCapacity } from "../backend/capabilities.ts";
import type { TaskResources } from "../task/resources.ts";
import { RecordingBackend } from "../testing/recording-backend.ts";

interface Load {
  readonly capacity: BackendCapacity;
  /** Cycled through. */
  readonly sizes: readonly TaskResources[];
  readonly tasks: number;
}

/** Runs tasks to the end, one ending at a time, and gives the most of each resource ever in flight. */
async function peakOf({ capacity, sizes, tasks }: Load): Promise<Required<BackendCapacity>> {
  const backend = new RecordingBackend({ capabilities: { capacity } });
  const { session } = openSession(backend);
  await session.start();
  const futures = await session.submitTasks(
    Array.from({ length: tasks }, (_, i) => program(`t${i}`, { resources: sizes[i % sizes.length]! })),
  );
  const peak = { maxInFlight: 0, cores: 0, gpus: 0, memoryBytes: 0 };
  for (let ended = 0; ended < tasks; ended += 1) {
    await turn();
    const { running } = backend;
    const total = (name: "cores" | "gpus" | "memoryBytes"): number =>
      running
        .map((uid) => sizes[Number(uid.slice(1)) % sizes.length]!)
        .reduce((sum, size) => sum + (size[name] ?? 0) * (size.ranks ?? 1), 0);
    peak.maxInFlight = Math.max(peak.maxInFlight, running.length);
    for (const name of ["cores", "gpus", "memoryBytes"] as const) peak[name] = Math.max(peak[name], total(name));
    // Not always the oldest, so that holes of all sizes appear.
    backend.done(running[(ended * 7) % running.length]!);
  }
  await Promise.all(futures);
  return peak;
}

describe("never hands over more than fits", () => {
  it("of attempts", async () => {
    expect(await peakOf({ capacity: { maxInFlight: 7 }, sizes: [{}], tasks: 50 })).toMatchObject({ maxInFlight: 7 });
  });

  it("of cores, whatever the mix of sizes", async () => {
    const sizes = [{ cores: 1 }, { cores: 4 }, { cores: 2, ranks: 2 }, { cores: 0.5 }, {}, { cores: 3 }];

    const peak = await peakOf({ capacity: { cores: 4 }, sizes, tasks: 120 });

    expect(peak.cores).toBe(4);
  });

  it("of GPUs, shared ones too", async () => {
    const sizes = [{ gpus: 0.25 }, { gpus: 1 }, { gpus: 2 }, { gpus: 0.5, ranks: 3 }];

    const peak = await peakOf({ capacity: { gpus: 2 }, sizes, tasks: 80 });

    expect(peak.gpus).toBe(2);
  });

  it("of memory", async () => {
    const sizes = [{ memoryBytes: 300 }, { memoryBytes: 1000 }, { memoryBytes: 1 }];

    const peak = await peakOf({ capacity: { memoryBytes: 1000 }, sizes, tasks: 60 });

    expect(peak.memoryBytes).toBe(1000);
  });

  it("of any of them at once", async () => {
    const sizes = [{ cores: 2 }, { gpus: 1 }, { cores: 1, gpus: 1, memoryBytes: 500 }, { memoryBytes: 700 }];

    const peak = await peakOf({ capacity: { cores: 3, gpus: 1, memoryBytes: 1000, maxInFlight: 3 }, sizes, tasks: 80 });

    expect(peak.cores).toBeLessThanOrEqual(3);
    expect(peak.gpus).toBeLessThanOrEqual(1);
    expect(peak.memoryBytes).toBeLessThanOrEqual(1000);
    expect(peak.maxInFlight).toBeLessThanOrEqual(3);
  });

  it("of what a kind of task takes when it does not say", async () => {
    const backend = new RecordingBackend({
      capabilities: { capacity: { cores: 2 }, defaultResources: { executable: { cores: 1 } } },
    });
    const { session } = openSession(backend);
    await session.start();

    await session.submitTasks(["a", "b", "c"].map((uid) => program(uid)));
    await turn();

    expect(backend.running).toEqual(["a", "b"]);
    expect(backend.submissions[0]!.resources).toEqual({ cores: 1 });
  });
});

it("fills up ten tenths of a core exactly", async () => {
  const { session, backend } = openSession({ capabilities: { capacity: { cores: 1 } } });
  await session.start();

  await session.submitTasks(Array.from({ length: 11 }, (_, i) => program(`t${i}`, { resources: { cores: 0.1 } })));
  await turn();

  expect(backend.running).toHaveLength(10);
});

it("hands over at most 10,000 attempts to a backend that does not say how many it takes", async () => {
  const { session, backend } = openSession();

  await session.submitTasks(Array.from({ length: 10_001 }, (_, i) => program(`t${i}`)));
  await backend.submission("t9999");
  await turn();
  await turn();

  expect(backend.running).toHaveLength(10_000);
  expect(session.statistics().backends).toMatchObject({ recording: { waiting: 1, inFlight: 10_000 } });
});

it("keeps backends apart: a full one does not hold up another", async () => {
  const full = new RecordingBackend({ name: "full", capabilities: { capacity: { maxInFlight: 1 } } });
  const { session, backend } = openSession(full);
  const free = new RecordingBackend({ name: "free" });
  session.addBackend(free);

  await session.submitTasks([
    program("a", { backend: "full" }),
    program("b", { backend: "full" }),
    program("c", { backend: "free" }),
  ]);
  await free.submission("c");

  expect(backend.running).toEqual(["a"]);
});
