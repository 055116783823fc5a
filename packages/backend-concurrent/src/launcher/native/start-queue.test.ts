import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ResolvedRequest } from "../protocol/message.ts";
import { StartQueue } from "./start-queue.ts";

const request = (id: number): ResolvedRequest => ({
  id,
  executable: "true",
  arguments: [],
  environment: {},
  workingDirectory: "/",
  stdout: { kind: "none" },
  stderr: { kind: "none" },
});

describe("StartQueue", () => {
  let started: number[];
  let givenUp: [number, string][];
  let room: number;
  let queue: StartQueue;

  beforeEach(() => {
    vi.useFakeTimers();
    [started, givenUp, room] = [[], [], 0];
    queue = new StartQueue({
      start({ id }) {
        if (room === 0) return "EAGAIN";
        room -= 1;
        started.push(id);
        return undefined;
      },
      giveUp: ({ id }, shortage) => givenUp.push([id, shortage]),
    });
  });
  afterEach(() => void vi.useRealTimers());

  it("starts at once while there is room, then in order as room comes", () => {
    room = 1;
    for (const id of [1, 2, 3, 4]) queue.push(request(id));
    room = 2;
    queue.advance(true);

    expect(started).toEqual([1, 2, 3]);
  });

  it("never gives a program up while another runs", () => {
    queue.push(request(1));

    vi.advanceTimersByTime(3_600_000);
    queue.advance(true);

    expect(givenUp).toEqual([]);
    expect(queue.retryMs).toBe(100);
  });

  it("gives programs up, one after the other, when nothing runs and the shortage stays", () => {
    for (const id of [1, 2]) queue.push(request(id));

    vi.advanceTimersByTime(9999);
    queue.advance(false);
    expect(givenUp).toEqual([]);

    vi.advanceTimersByTime(1);
    queue.advance(false);
    queue.advance(false);
    expect(givenUp).toEqual([
      [1, "EAGAIN"],
      [2, "EAGAIN"],
    ]);
    expect(queue.retryMs).toBe(Infinity);
  });

  it("hands back what was not started", () => {
    for (const id of [1, 2, 3]) queue.push(request(id));

    const some = queue.remove(new Set([2]));
    const rest = queue.remove();

    expect([some, rest].map((requests) => requests.map(({ id }) => id))).toEqual([[2], [1, 3]]);
  });
});
