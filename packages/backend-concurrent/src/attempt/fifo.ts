/** Places at the front that were given away are cut off once they are this many and outnumber what waits. */
const COMPACT_FROM = 256;

/** A queue whose `push` and `shift` are O(1); an array's own `shift` is not. */
export class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  peek(): T | undefined {
    return this.#items[this.#head];
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#head += 1;
    if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes out the items that pass, in order. */
  extract(passes: (item: T) => boolean): T[] {
    const [taken, kept]: [T[], T[]] = [[], []];
    for (const item of this.#items.slice(this.#head)) (passes(item) ? taken : kept).push(item);
    this.#items = kept;
    this.#head = 0;
    return taken;
  }
}
