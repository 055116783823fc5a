/** A binary heap: the item that goes before all others is at 0, and comes and goes in O(log n). */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #before: (a: T, b: T) => boolean;

  /** @param before - Tells whether `a` goes before `b`; may change its mind about an item if {@link Heap.fix} is called then. */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  /** First the one that goes before all others, then the rest: the nearer to the front, the earlier, roughly. */
  get items(): readonly T[] {
    return this.#items;
  }

  push(item: T): void {
    this.#rise(item, this.#items.length);
  }

  removeAt(index: number): void {
    const last = this.#items.pop();
    if (last === undefined || index === this.#items.length) return;
    this.#items[index] = last;
    this.fix(index);
  }

  /** Puts an item in its place whose place among the others has changed. */
  fix(index: number): void {
    const item = this.#items[index];
    if (item === undefined) return;
    const parent = this.#items[(index - 1) >> 1];
    if (index > 0 && parent !== undefined && this.#before(item, parent)) this.#rise(item, index);
    else this.#sink(item, index);
  }

  #rise(item: T, from: number): void {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#items[above];
      if (parent === undefined || !this.#before(item, parent)) break;
      this.#items[index] = parent;
      index = above;
    }
    this.#items[index] = item;
  }

  #sink(item: T, from: number): void {
    let index = from;
    for (;;) {
      let below = 2 * index + 1;
      let child = this.#items[below];
      if (child === undefined) break;
      const right = this.#items[below + 1];
      if (right !== undefined && this.#before(right, child)) {
        child = right;
        below += 1;
      }
      if (!this.#before(child, item)) break;
      this.#items[index] = child;
      index = below;
    }
    this.#items[index] = item;
  }
}
