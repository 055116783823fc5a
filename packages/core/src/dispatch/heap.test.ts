import { describe, expect, it } from "vitest";
import { Heap } from "./heap.ts";

interface Item {
  key: number;
}

function heapOf(...keys: number[]): Heap<Item> {
  const heap = new Heap<Item>((a, b) => a.key < b.key);
  for (const key of keys) heap.push({ key });
  return heap;
}

/** Takes everything out, first to last. */
function emptied(heap: Heap<Item>): number[] {
  const keys: number[] = [];
  for (let first = heap.items[0]; first !== undefined; first = heap.items[0]) {
    keys.push(first.key);
    heap.removeAt(0);
  }
  return keys;
}

const shuffled = Array.from({ length: 1000 }, (_, i) => (i * 271) % 500);

describe("Heap", () => {
  it("gives its items in order, equal ones too", () => {
    expect(emptied(heapOf(...shuffled))).toEqual(shuffled.toSorted((a, b) => a - b));
  });

  it("is empty to begin with, and bears being asked", () => {
    const heap = heapOf();
    heap.removeAt(0);
    heap.fix(0);

    expect(heap.items).toEqual([]);
  });

  it.each([0, 1, 7, 500, 999])("stays in order when the item at %d is taken away", (index) => {
    const heap = heapOf(...shuffled);
    const { key } = heap.items[index]!;

    heap.removeAt(index);

    const rest = shuffled.toSorted((a, b) => a - b);
    rest.splice(rest.indexOf(key), 1);
    expect(emptied(heap)).toEqual(rest);
  });

  it.each([
    [3, -1],
    [3, 250],
    [3, 9999],
    [999, -1],
    [0, 9999],
  ])("stays in order when the item at %d becomes %d", (index, key) => {
    const heap = heapOf(...shuffled);
    const item = heap.items[index]!;
    const rest = shuffled.toSorted((a, b) => a - b);
    rest.splice(rest.indexOf(item.key), 1, key);

    item.key = key;
    heap.fix(index);

    expect(emptied(heap)).toEqual(rest.toSorted((a, b) => a - b));
  });
});
