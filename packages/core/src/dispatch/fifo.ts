/** Consumed places at the front are given back once they are this many and outnumber what waits. */
const COMPACT_FROM = 1024;

/** A queue whose `push` and `shift` are O(1); an array's own `shift` is not. */
export class Fifo<T> {
  /** Places at the front whose items were taken out hold nothing. */
  #items: (T | undefined)[] = [];
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
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Drops the items that do not pass. */
  keep(passes: (item: T) => boolean): void {
    this.#items = [...this].filter(passes);
    this.#head = 0;
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let index = this.#head; index < this.#items.length; index += 1) {
      const item = this.#items[index];
      if (item !== undefined) yield item;
    }
  }
}
