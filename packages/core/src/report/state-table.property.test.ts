import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { happenings, holds, mode } from "../__fixtures__/task-commands.ts";
import { TaskWorld, type Setting } from "../__fixtures__/task-world.ts";

/** Sessions for each property; a long run asks for more. */
const RUNS = Number(process.env["RHAPSODY_PROPERTY_RUNS"] ?? 800);

const LONGEST_MS = 120_000 + 250 * RUNS;

let workDir: string;

beforeAll(async () => {
  workDir = await mkdtemp(join(tmpdir(), "rhapsody-states-"));
});

afterAll(async () => {
  await rm(workDir, { recursive: true });
});

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const backends = fc.array(holds, { minLength: 1, maxLength: 2 });
const losses = fc.integer({ min: 0, max: 2 });
const journal = fc.constantFrom("held" as const, "held", "prompt");

it(
  "a task moves as its backend, its user and its deadlines have it move, and not otherwise",
  async () => await assertRules(fc.record({ backends, losses }), happenings("no journal")),
  LONGEST_MS,
);

it(
  "with a journal nothing is begun or shown before it is written, and what was shown stays, across crashes",
  async () => await assertRules(fc.record({ backends, losses, journal }), happenings("journal")),
  LONGEST_MS,
);

it("a close that hurries another one finds attempts in the middle of their end", async () => {
  const shape = { dependencies: [], onDependencyFailure: "fail", attempts: 1, delayMs: 0, cores: 1 } as const;
  const queued = { ...shape, cacheKey: undefined, backend: undefined, timeoutMs: undefined, queueTimeoutMs: 25 };
  for (let pause = 0; pause < 12; pause += 1) {
    const holding = { open: false, submit: false, cancel: "held" } as const;
    const world = await TaskWorld.begin({ backends: [holding], losses: 0, workDir });
    await world.submit([queued]);
    world.close({ mode: "drain" });
    await world.wait(3);
    world.backends[0]?.answerCancel("cancelled", 0);
    for (let step = 0; step < pause; step += 1) await Promise.resolve();
    await world.finish({ mode: "cancel" }, "close");
    expect(world.models.map(({ settled }) => settled)).toEqual([true]);
  }
});

async function assertRules(
  settings: fc.Arbitrary<Omit<Setting, "workDir">>,
  commands: ReturnType<typeof happenings>,
): Promise<void> {
  const orders = fc.constantFrom("settle" as const, "close");
  await fc.assert(
    fc.asyncProperty(settings, commands, mode, orders, async (setting, all, how, order) => {
      const world = await TaskWorld.begin({ ...setting, workDir });
      await fc.asyncModelRun(() => ({ model: {}, real: world }), all);
      await world.finish(how, order);
    }),
    { numRuns: RUNS },
  );
}
