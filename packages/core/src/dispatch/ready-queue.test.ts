import { describe, expect, it } from "vitest";
import type { TaskPlan } from "../graph/task-plan.ts";
import { TaskRecord, type RecordOwner } from "../graph/task-record.ts";
import type { Demand } from "./demand.ts";
import { ReadyQueue } from "./ready-queue.ts";

const owner: RecordOwner = { sessionUid: "s", cancel: async () => {} };
const small: Demand = { resources: {}, cores: 1, gpus: 0, memoryBytes: 0 };
const large: Demand = { resources: {}, cores: 8, gpus: 0, memoryBytes: 0 };
const all = (): boolean => true;

function record(sequence: number, priority?: number): TaskRecord {
  const work = { kind: "prompt", prompt: "x", model: undefined, sampling: {}, stream: false } as const;
  const plan: TaskPlan = { uid: `t${sequence}`, priority, work };
  return new TaskRecord(owner, plan, sequence);
}

/** Takes everything out, in order. */
function drained(queue: ReadyQueue): string[] {
  const uids: string[] = [];
  for (let next = queue.take(all); next !== undefined; next = queue.take(all)) uids.push(next.uid);
  return uids;
}

describe("ReadyQueue", () => {
  it("gives tasks in order of submission, across sizes", () => {
    const queue = new ReadyQueue();
    for (let i = 0; i < 6; i += 1) queue.push(record(i), i % 2 === 0 ? small : large);

    expect(drained(queue)).toEqual(["t0", "t1", "t2", "t3", "t4", "t5"]);
    expect(queue.size).toBe(0);
  });

  it("gives higher priorities first, negative and fractional ones too", () => {
    const queue = new ReadyQueue();
    [0, -1, 2, 0.5, 2, -1, 0].forEach((priority, i) => queue.push(record(i, priority), i % 3 === 0 ? small : large));

    expect(drained(queue)).toEqual(["t2", "t4", "t3", "t0", "t6", "t1", "t5"]);
  });

  it("gives nothing when nothing fits", () => {
    const queue = new ReadyQueue();
    queue.push(record(0), large);

    expect(queue.take(() => false)).toBeUndefined();
    expect(queue.size).toBe(1);
  });

  it("passes over what does not fit, at most 64 times for the same task", () => {
    const queue = new ReadyQueue();
    queue.push(record(0), large);
    for (let i = 1; i <= 100; i += 1) queue.push(record(i), small);
    const fits = (demand: Demand): boolean => demand === small;

    let overtakers = 0;
    while (queue.take(fits) !== undefined) overtakers += 1;

    expect(overtakers).toBe(64);
    expect(queue.take(all)?.uid).toBe("t0");
    expect(queue.take(fits)?.uid).toBe("t65");
  });

  it("passes over lower priorities as well when they fit", () => {
    const queue = new ReadyQueue();
    queue.push(record(0, 9), large);
    queue.push(record(1, -9), small);

    expect(queue.take((demand) => demand === small)?.uid).toBe("t1");
  });

  it("forgets tasks that settled while they waited, wherever they stood", () => {
    const queue = new ReadyQueue();
    const records = Array.from({ length: 10 }, (_, i) => record(i));
    for (const one of records) queue.push(one, small);

    for (const index of [0, 3, 4, 9]) {
      records[index]!.state = "CANCELLED";
      queue.discard();
    }

    expect(queue.size).toBe(6);
    expect(drained(queue)).toEqual(["t1", "t2", "t5", "t6", "t7", "t8"]);
    expect(queue.size).toBe(0);
  });

  it("stays right through any mix of coming, going and settling", () => {
    const queue = new ReadyQueue();
    const waiting = new Set<TaskRecord>();
    const wrong: unknown[] = [];
    for (let i = 0; i < 5000; i += 1) {
      const one = record(i, i % 3);
      queue.push(one, i % 2 === 0 ? small : large);
      waiting.add(one);
      if (i % 5 === 0) {
        const [first] = waiting;
        first!.state = "CANCELLED";
        waiting.delete(first!);
        queue.discard();
      }
      if (i % 3 === 0) {
        const taken = queue.take(all);
        const right = taken === undefined ? waiting.size === 0 : waiting.delete(taken);
        if (!right) wrong.push(taken?.uid);
      }
      if (queue.size !== waiting.size) wrong.push(queue.size);
    }

    expect(wrong).toEqual([]);
    expect(drained(queue).toSorted()).toEqual([...waiting].map(({ uid }) => uid).toSorted());
  });

  it("takes out all that pass at once, settled ones aside", () => {
    const queue = new ReadyQueue();
    const records = [record(0), record(1), record(2), record(3)];
    records.forEach((one, i) => queue.push(one, i < 2 ? small : large));
    records[3]!.state = "CANCELLED";
    queue.discard();

    const taken = queue.drain((_, demand) => demand === large);

    expect(taken.map(({ uid }) => uid)).toEqual(["t2"]);
    expect(queue.size).toBe(2);
    expect(drained(queue)).toEqual(["t0", "t1"]);
  });

  it("gives what is put in after it ran empty", () => {
    const queue = new ReadyQueue();
    queue.push(record(0), small);
    drained(queue);

    queue.push(record(1), small);

    expect(drained(queue)).toEqual(["t1"]);
  });

  it("gives a task that comes back, earlier than the others of its line, its place among other lines", () => {
    const queue = new ReadyQueue();
    queue.push(record(5), small);
    queue.push(record(2), small);
    queue.push(record(3), large);

    expect(drained(queue)).toEqual(["t3", "t5", "t2"]);
  });

  it("takes tasks of as many sizes in order without looking at all of them each time", () => {
    const count = 20_000;
    const queue = new ReadyQueue();
    // 7,919 is prime to the count, so each number comes up once.
    const order = Array.from({ length: count }, (_, i) => (i * 7919) % count);
    for (const i of order) queue.push(record(i), { ...small, memoryBytes: i });
    let looks = 0;
    const fits = (): boolean => (looks += 1) > 0;

    const taken = Array.from({ length: count }, () => queue.take(fits)?.sequence);

    expect(taken).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(looks).toBe(count);
  });

  it("gives up looking for a task that fits after 256 sizes", () => {
    const queue = new ReadyQueue();
    for (let i = 0; i < 10_000; i += 1) queue.push(record(i), { ...large, memoryBytes: i });
    let looks = 0;
    const never = (): boolean => (looks += 1) < 0;

    expect(queue.take(never)).toBeUndefined();

    expect(looks).toBeLessThan(300);
    expect(queue.size).toBe(10_000);
  });
});
