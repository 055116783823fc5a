import { describe, expect, it } from "vitest";
import { Fifo } from "./fifo.ts";

function filled(size: number): Fifo<number> {
  const fifo = new Fifo<number>();
  for (let i = 0; i < size; i += 1) fifo.push(i);
  return fifo;
}

describe("Fifo", () => {
  it("gives back what was put in, first to last", () => {
    const fifo = filled(3);

    expect([fifo.peek(), fifo.shift(), fifo.shift(), fifo.shift(), fifo.shift(), fifo.peek()]).toEqual([
      0,
      0,
      1,
      2,
      undefined,
      undefined,
    ]);
  });

  it("knows its size", () => {
    const fifo = filled(3);
    fifo.shift();

    expect(fifo.size).toBe(2);
    expect(new Fifo().size).toBe(0);
  });

  it("keeps its order through any mix of coming and going", () => {
    const fifo = new Fifo<number>();
    const out: number[] = [];
    let next = 0;
    for (let round = 0; round < 300; round += 1) {
      for (let i = 0; i < (round * 31) % 50; i += 1) fifo.push(next++);
      for (let i = 0; i < (round * 17) % 50; i += 1) {
        const item = fifo.shift();
        if (item !== undefined) out.push(item);
      }
    }
    for (const item of fifo) out.push(item);

    expect(out).toEqual(Array.from({ length: next }, (_, i) => i));
  });

  it("drops what does not pass, of what waits", () => {
    const fifo = filled(6);
    fifo.shift();

    fifo.keep((item) => item % 2 === 1);

    expect([...fifo]).toEqual([1, 3, 5]);
    expect(fifo.size).toBe(3);
  });

  it("does not hold on to what was taken out", () => {
    const fifo = new Fifo<object>();
    for (let i = 0; i < 5000; i += 1) fifo.push({ i });
    for (let i = 0; i < 4999; i += 1) fifo.shift();

    fifo.push({ last: true });

    expect(fifo.size).toBe(2);
    expect([...fifo]).toEqual([{ i: 4999 }, { last: true }]);
  });
});
