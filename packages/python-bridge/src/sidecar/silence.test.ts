import { beforeEach, describe, expect, it, vi } from "vitest";
import { Silence } from "./silence.ts";

describe("Silence", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  it("is told of once, until something is heard", () => {
    const suspect = vi.fn<(ms: number) => void>();
    const silence = new Silence(suspect);

    vi.advanceTimersByTime(60_000);
    expect(suspect.mock.calls).toEqual([[20_000]]);

    silence.broken();
    vi.advanceTimersByTime(19_000);
    expect(suspect).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(2_000);
    expect(suspect).toHaveBeenCalledTimes(2);
    silence.end();
  });

  it("is none when what was said lies ready after a stall", () => {
    const suspect = vi.fn<(ms: number) => void>();
    const silence = new Silence(suspect);
    // Timers fire before what has arrived is read.
    setTimeout(() => silence.broken(), 20_000);

    vi.advanceTimersByTime(30_000);

    expect(suspect).not.toHaveBeenCalled();
    silence.end();
  });

  it("is not told of after the end", () => {
    const suspect = vi.fn<(ms: number) => void>();
    new Silence(suspect).end();

    vi.advanceTimersByTime(60_000);

    expect(suspect).not.toHaveBeenCalled();
  });
});
