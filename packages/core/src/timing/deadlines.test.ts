import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Deadlines } from "./deadlines.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a deadline", () => {
  it.each([0, 1, 3, 4, 5, 100, 1000, 60_000, 3_600_000])(
    "of %d ms fires once, not early and hardly late",
    (delayMs) => {
      const deadlines = new Deadlines();
      const fired: number[] = [];
      const start = performance.now();
      deadlines.add(delayMs, () => fired.push(performance.now() - start));

      vi.advanceTimersByTime(delayMs * 2 + 10);

      expect(fired).toHaveLength(1);
      expect(fired[0]).toBeGreaterThanOrEqual(delayMs);
      expect(fired[0]).toBeLessThanOrEqual(delayMs + Math.max(4, delayMs / 64));
    },
  );

  it("of more than setTimeout can hold fires when it is due", () => {
    const deadlines = new Deadlines();
    const days = 86_400_000;
    const fire = vi.fn();
    deadlines.add(40 * days, fire);

    vi.advanceTimersByTime(39 * days);
    expect(fire).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2 * days);

    expect(fire).toHaveBeenCalledOnce();
  });

  it("that is cancelled does not fire", () => {
    const deadlines = new Deadlines();
    const fire = vi.fn();

    deadlines.cancel(deadlines.add(10, fire));
    vi.advanceTimersByTime(100);

    expect(fire).not.toHaveBeenCalled();
  });

  it("may be cancelled again, and after it fired", () => {
    const deadlines = new Deadlines();
    const deadline = deadlines.add(10, () => {});
    vi.advanceTimersByTime(100);

    deadlines.cancel(deadline);
    deadlines.cancel(deadline);
    deadlines.add(10, () => {});

    expect(vi.getTimerCount()).toBe(1);
  });

  it("may cancel another one that is due at the same time", () => {
    const deadlines = new Deadlines();
    const second = vi.fn();
    deadlines.add(10, () => deadlines.cancel(later));
    const later = deadlines.add(10, second);

    vi.advanceTimersByTime(100);

    expect(second).not.toHaveBeenCalled();
  });

  it.each([0, 1, 50])("may add another one of %d ms, which fires as well", (delayMs) => {
    const deadlines = new Deadlines();
    const second = vi.fn();
    deadlines.add(8, () => deadlines.add(delayMs, second));

    vi.advanceTimersByTime(200);

    expect(second).toHaveBeenCalledOnce();
  });

  it("may add another one of no delay, though more are due at the same time", () => {
    const deadlines = new Deadlines();
    const fired: string[] = [];
    deadlines.add(8, () => {
      fired.push("first");
      deadlines.add(0, () => fired.push("added"));
    });
    deadlines.add(8, () => fired.push("second"));

    vi.advanceTimersByTime(200);

    expect(fired.toSorted()).toEqual(["added", "first", "second"]);
  });
});

describe("many deadlines", () => {
  it("fire in order of time, whatever the order they were added in", () => {
    const deadlines = new Deadlines();
    const fired: number[] = [];
    const delays = Array.from({ length: 500 }, (_, i) => (i * 7919) % 4001);
    for (const delay of delays) deadlines.add(delay, () => fired.push(delay));

    vi.advanceTimersByTime(10_000);

    expect(fired).toHaveLength(500);
    for (let index = 1; index < fired.length; index += 1) {
      // Deadlines of different widths of slot may swap within a slot.
      expect(fired[index]! - fired[index - 1]!).toBeGreaterThan(-Math.max(4, 4001 / 64) - 4);
    }
  });

  it("share one timer", () => {
    const deadlines = new Deadlines();
    for (let i = 0; i < 1000; i += 1) deadlines.add(100 + i, () => {});

    expect(vi.getTimerCount()).toBe(1);
  });

  it("leave no timer once they have all fired or been cancelled", () => {
    const deadlines = new Deadlines();
    const all = Array.from({ length: 100 }, (_, i) => deadlines.add(1000 + i * 10, () => {}));
    deadlines.add(5, () => {});
    for (const deadline of all) deadlines.cancel(deadline);
    expect(vi.getTimerCount()).toBe(1);

    vi.advanceTimersByTime(20);

    expect(vi.getTimerCount()).toBe(0);
  });

  it("go on after one that throws", () => {
    const deadlines = new Deadlines();
    const fire = vi.fn();
    deadlines.add(8, () => {
      throw new Error("mine");
    });
    deadlines.add(8, fire);
    deadlines.add(100, fire);

    for (const ms of [10, 10, 100, 100]) {
      try {
        vi.advanceTimersByTime(ms);
      } catch {
        // A timer's exception surfaces in whoever advances the clock.
      }
    }

    expect(fire).toHaveBeenCalledTimes(2);
  });
});
