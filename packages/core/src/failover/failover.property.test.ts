import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { program, sessionOf } from "../__fixtures__/open-session.ts";
import type { TaskFuture } from "../task/task-future.ts";
import { RecordingBackend } from "../testing/recording-backend.ts";
import type { FailoverPolicy } from "./failover-policy.ts";

/** Something that happens to one of two backends. */
interface Happening {
  readonly kind: "begin" | "finish" | "lose" | "shut" | "wait";
  readonly second: boolean;
  readonly pick: number;
}

const TASKS = 60;
const LOSSES = 200;

const happening = (kind: fc.Arbitrary<Happening["kind"]>): fc.Arbitrary<Happening> =>
  fc.record({ kind, second: fc.boolean(), pick: fc.nat(1000) });

/** Several things and a loss, over and over again. */
const happenings = fc.array(
  fc.tuple(
    fc.array(happening(fc.constantFrom("begin", "begin", "finish", "shut", "wait")), { maxLength: 6 }),
    happening(fc.constant("lose")),
  ),
  { minLength: LOSSES, maxLength: LOSSES },
);

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it.each<[string, FailoverPolicy, "all DONE" | "all settled"]>([
  ["however often that is allowed", { losses: 1_000_000, openings: 1_000_000, delayMs: 0 }, "all DONE"],
  ["within the usual limits", { delayMs: 0 }, "all settled"],
])("settles every task once over 200 losses, %s", async (_, failover, end) => {
  await fc.assert(
    fc.asyncProperty(happenings, async (steps) => {
      const world = await World.build(failover);
      for (const step of steps.flat(2)) await world.happen(step);
      await world.finish();
      world.check(end);
    }),
    { numRuns: 25 },
  );
});

/** Two backends that die all the time, under tasks of which every third names one of them. */
class World {
  readonly #backends = ["first", "second"].map(
    (name) => new RecordingBackend({ name, capabilities: { capacity: { maxInFlight: 8 } } }),
  );
  readonly #settled = new Map<string, number>();
  readonly #session;
  #losses = 0;
  #futures: readonly TaskFuture[] = [];

  private constructor(failover: FailoverPolicy) {
    this.#session = sessionOf({ backends: this.#backends, failover });
    this.#session.registerCallback(({ uid }, state) => {
      if (state === "DONE" || state === "FAILED" || state === "CANCELLED") {
        this.#settled.set(uid, (this.#settled.get(uid) ?? 0) + 1);
      }
    });
  }

  static async build(failover: FailoverPolicy): Promise<World> {
    const world = new World(failover);
    // Making the session's directory is real work, which fake timers do not wait for.
    await world.#session.start();
    const names = ["first", "second", undefined];
    world.#futures = await world.#session.submitTasks(
      Array.from({ length: TASKS }, (_, index) => program(`t${index}`, { backend: names[index % 3] })),
    );
    await vi.advanceTimersByTimeAsync(0);
    return world;
  }

  async happen({ kind, second, pick }: Happening): Promise<void> {
    const backend = this.#backends[second ? 1 : 0]!;
    const uid = backend.running[pick % Math.max(1, backend.running.length)];
    if (kind === "lose") await this.#lose(backend);
    if (kind === "shut") backend.openErrors.push(new Error("shut"));
    if (kind === "begin" && uid !== undefined) backend.run(uid);
    if (kind === "finish" && uid !== undefined && pick % 4 === 0) backend.done(uid);
    await vi.advanceTimersByTimeAsync(kind === "wait" ? pick : 0);
  }

  async finish(): Promise<void> {
    for (const backend of this.#backends) backend.openErrors.length = 0;
    const closed = this.#session.close({ mode: "drain" });
    while (this.#futures.some(({ state }) => state !== "DONE" && state !== "FAILED")) {
      for (const backend of this.#backends) for (const uid of backend.running) backend.done(uid);
      await vi.advanceTimersByTimeAsync(10_000);
    }
    await closed;
  }

  /** Kills a backend; one that is about to be opened again, once it is. */
  async #lose(backend: RecordingBackend): Promise<void> {
    if (!backend.isOpen) await vi.advanceTimersByTimeAsync(10);
    if (!backend.isOpen) return;
    this.#losses += 1;
    backend.lose();
  }

  check(end: "all DONE" | "all settled"): void {
    expect([...this.#settled.values()]).toEqual(this.#futures.map(() => 1));
    expect(vi.getTimerCount()).toBe(0);
    if (end === "all DONE") {
      expect(this.#losses).toBeGreaterThan(0.9 * LOSSES);
      expect(this.#session.statistics().states.DONE).toBe(TASKS);
    }
    const attempts = this.#backends.flatMap(({ submissions }) =>
      submissions.map(({ uid, attempt }) => `${uid} ${attempt}`),
    );
    expect(new Set(attempts).size, "each attempt is handed over once").toBe(attempts.length);
    this.#futures.forEach(({ uid, backend }, index) => {
      if (index % 3 < 2) expect(backend, uid).toBe(["first", "second"][index % 3]);
    });
  }
}
