import { expect, it } from "vitest";
import { Fifo } from "./fifo.ts";

it("gives items back in order, however many were taken out before", () => {
  const queue = new Fifo<number>();
  const out: (number | undefined)[] = [];
  for (let item = 0; item < 2000; item += 1) {
    queue.push(item);
    if (item % 3 !== 0) out.push(queue.shift());
  }
  while (queue.size > 0) out.push(queue.shift());

  expect(out).toEqual(Array.from({ length: 2000 }, (_, index) => index));
  expect(queue.shift()).toBeUndefined();
});

it("takes out what passes, and keeps the order of the rest", () => {
  const queue = new Fifo<number>();
  for (const item of [1, 2, 3, 4, 5]) queue.push(item);
  queue.shift();

  expect(queue.extract((item) => item % 2 === 0)).toEqual([2, 4]);
  expect([queue.peek(), queue.size]).toEqual([3, 2]);
});
