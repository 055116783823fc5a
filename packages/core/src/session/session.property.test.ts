import fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { silentLogger } from "../logging/create-logger.ts";
import type { TaskFuture } from "../task/task-future.ts";
import type { TaskState } from "../task/task-state.ts";
import { RecordingBackend } from "../testing/recording-backend.ts";
import { Session } from "./session.ts";

/** What a task of a random graph is like. */
interface Shape {
  readonly dependencies: readonly number[];
  readonly onDependencyFailure: "fail" | "run";
  readonly attempts: number;
  readonly timeoutMs: number | undefined;
  readonly queueTimeoutMs: number | undefined;
  readonly priority: number;
  readonly cores: number;
}

/** Something that happens to a session while it runs. */
type Happening =
  | { readonly kind: "cancel"; readonly pick: number }
  | { readonly kind: "run" | "done" | "fail" | "canceled" | "repeat"; readonly pick: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "lose" | "refuse" | "shut" };

const CORES = 3;

const shape = fc.record<Shape>({
  dependencies: fc.array(fc.nat(30), { maxLength: 3 }),
  onDependencyFailure: fc.constantFrom("fail", "run"),
  attempts: fc.integer({ min: 1, max: 3 }),
  timeoutMs: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
  queueTimeoutMs: fc.option(fc.integer({ min: 1, max: 200 }), { nil: undefined }),
  priority: fc.integer({ min: -2, max: 2 }),
  cores: fc.constantFrom(0, 0.5, 1, 3),
});

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom("run" as const, "done", "fail", "canceled", "repeat"),
      pick: fc.nat(1000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel" as const), pick: fc.nat(1000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("lose" as const, "refuse", "shut") }) },
);

/** One letter a state; the ways through them that the design allows, written down apart from the code's own table. */
const LETTERS: Readonly<Record<TaskState, string>> = {
  NEW: "N",
  SCHEDULING_PENDING: "S",
  EXECUTING_PENDING: "P",
  EXECUTING: "X",
  DONE: "D",
  FAILED: "F",
  CANCELLED: "C",
};
const LIFE = /^S(PX?S)*([FC]|P[FC]|PX[DFC])$/;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it("settles every task exactly once, on a legal way, after its dependencies, whatever happens", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(shape, { minLength: 1, maxLength: 30 }),
      fc.array(happening, { maxLength: 120 }),
      fc.constantFrom("cancel" as const, "drain"),
      async (shapes, happenings, mode) => {
        const world = await World.build(shapes);
        for (const step of happenings) await world.happen(step);
        await world.finish(mode);
        world.check();
      },
    ),
    { numRuns: 1000 },
  );
});

/** One session under random treatment, and what was seen of it. */
class World {
  readonly #shapes: readonly Shape[];
  readonly #backend = new RecordingBackend({
    capabilities: { capacity: { cores: CORES }, defaultResources: { executable: { cores: 1 } } },
  });
  readonly #session = new Session({ backends: [this.#backend], logger: silentLogger, handleInterrupt: false });
  readonly #lives = new Map<string, string>();
  readonly #settledAt = new Map<string, number>();
  readonly #handedAt = new Map<string, number>();
  #futures: readonly TaskFuture[] = [];
  #clock = 0;
  #losses = 0;

  private constructor(shapes: readonly Shape[]) {
    this.#shapes = shapes;
    this.#session.registerCallback(({ uid }, state) => {
      this.#clock += 1;
      this.#lives.set(uid, (this.#lives.get(uid) ?? "") + LETTERS[state]);
      if (state === "EXECUTING_PENDING" && !this.#handedAt.has(uid)) this.#handedAt.set(uid, this.#clock);
      if (state === "DONE" || state === "FAILED" || state === "CANCELLED") this.#settledAt.set(uid, this.#clock);
    });
  }

  static async build(shapes: readonly Shape[]): Promise<World> {
    const world = new World(shapes);
    // Making the session's directory is real work, which fake timers do not wait for.
    await world.#session.start();
    const descriptions = shapes.map((_, index) => world.#describe(index));
    // In two batches, so that tasks also depend on what was submitted before.
    const half = Math.ceil(descriptions.length / 2);
    const first = await world.#session.submitTasks(descriptions.slice(0, half));
    const second = await world.#session.submitTasks(descriptions.slice(half));
    world.#futures = [...first, ...second];
    await world.#breathe();
    return world;
  }

  async happen(step: Happening): Promise<void> {
    switch (step.kind) {
      case "wait":
        await vi.advanceTimersByTimeAsync(step.ms);
        break;
      case "lose":
        if (!this.#backend.isOpen) break;
        this.#losses += 1;
        this.#backend.lose();
        break;
      case "refuse":
        this.#backend.submitErrors.push(new Error("no"));
        break;
      case "shut":
        this.#backend.openErrors.push(new Error("shut"));
        break;
      case "cancel":
        void this.#futures[step.pick % this.#futures.length]?.cancel();
        break;
      default: {
        const { running } = this.#backend;
        const uid = running[step.pick % Math.max(1, running.length)];
        if (uid !== undefined) this.#report(step.kind, uid);
      }
    }
    this.#checkCapacity();
    await this.#breathe();
  }

  async finish(mode: "cancel" | "drain"): Promise<void> {
    const closed = this.#session.close({ mode });
    if (mode === "drain") {
      while (this.#session.statistics().states.EXECUTING + this.#unsettled() > 0) {
        for (const uid of this.#backend.running) this.#backend.done(uid);
        await vi.advanceTimersByTimeAsync(100);
      }
    }
    await vi.runAllTimersAsync();
    await closed;
    await this.#breathe();
  }

  check(): void {
    const { states, submitted } = this.#session.statistics();
    expect(submitted).toBe(this.#shapes.length);
    expect(states.DONE + states.FAILED + states.CANCELLED).toBe(submitted);
    expect(vi.getTimerCount()).toBe(0);
    this.#shapes.forEach((one, index) => {
      const uid = `t${index}`;
      expect(this.#lives.get(uid), uid).toMatch(LIFE);
      const { state } = this.#futures[index]!;
      expect(this.#lives.get(uid)!.endsWith(LETTERS[state])).toBe(true);
      for (const dependency of this.#dependenciesOf(index)) {
        const ended = this.#futures[dependency]!.state;
        if (state === "DONE" && one.onDependencyFailure === "fail") expect(ended).toBe("DONE");
        const handed = this.#handedAt.get(uid);
        if (handed !== undefined) expect(handed).toBeGreaterThan(this.#settledAt.get(`t${dependency}`)!);
      }
      const attempts = this.#backend.submissions.filter((task) => task.uid === uid).map(({ attempt }) => attempt);
      expect(new Set(attempts).size, "each attempt is handed over once").toBe(attempts.length);
      // An attempt that is lost with its backend is none of those that the retry policy allows.
      expect(Math.max(0, ...attempts)).toBeLessThanOrEqual(one.attempts + this.#losses);
    });
  }

  #report(kind: "run" | "done" | "fail" | "canceled" | "repeat", uid: string): void {
    if (kind === "run") return this.#backend.run(uid);
    if (kind === "done") return this.#backend.done(uid);
    if (kind === "fail") return this.#backend.fail(uid, { code: "TASK_EXIT_CODE", message: "exited with code 1" });
    if (kind === "canceled") return this.#backend.canceled(uid);
    const { attempt, epoch } = this.#backend.submissions.findLast((task) => task.uid === uid)!;
    // An engine that stutters: old attempts, old openings, and the same end twice.
    const before = this.#lives.get(uid);
    this.#backend.report([
      { uid, attempt: attempt - 1, epoch, state: "DONE" },
      { uid, attempt, epoch: epoch - 1, state: "DONE" },
      { uid: "never-heard-of", attempt: 1, epoch, state: "DONE" },
    ]);
    expect(this.#lives.get(uid), "old news changes nothing").toBe(before);
    this.#backend.done(uid);
    this.#backend.report([
      { uid, attempt, epoch, state: "FAILED", failure: { code: "TASK_EXIT_CODE", message: "late" } },
    ]);
  }

  #describe(index: number) {
    const { attempts, timeoutMs, queueTimeoutMs, priority, onDependencyFailure, cores } = this.#shapes[index]!;
    return {
      uid: `t${index}`,
      executable: "work",
      dependencies: this.#dependenciesOf(index).map((dependency) => `t${dependency}`),
      retry: { attempts, delayMs: 10, factor: 2 },
      resources: { cores },
      timeoutMs,
      queueTimeoutMs,
      priority,
      onDependencyFailure,
    };
  }

  /** Only on earlier tasks, so that there is no cycle. */
  #dependenciesOf(index: number): readonly number[] {
    if (index === 0) return [];
    return [...new Set(this.#shapes[index]!.dependencies.map((dependency) => dependency % index))];
  }

  #checkCapacity(): void {
    const busy = this.#backend.running.map((uid) => this.#shapes[Number(uid.slice(1))]!.cores);
    expect(busy.reduce((sum, cores) => sum + cores, 0)).toBeLessThanOrEqual(CORES);
  }

  #unsettled(): number {
    const { states, submitted } = this.#session.statistics();
    return submitted - states.DONE - states.FAILED - states.CANCELLED;
  }

  /** Lets all that follows from a happening come about, but no time pass. */
  async #breathe(): Promise<void> {
    await vi.advanceTimersByTimeAsync(0);
  }
}
