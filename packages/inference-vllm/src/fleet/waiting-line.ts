/** What waits for one owner, and is never empty. */
class Lane<T> {
  /** A set, so that what gives up leaves at once. */
  readonly items = new Set<T>();
  /** Goes on where it was: from the start it would step over all that has left. */
  readonly #order = this.items.values();
  #first: T | undefined;

  get first(): T | undefined {
    return this.#first;
  }

  push(item: T): void {
    this.items.add(item);
    this.#first ??= this.#order.next().value;
  }

  /** False when it is not there. */
  delete(item: T): boolean {
    if (!this.items.delete(item)) return false;
    if (item === this.#first) this.#first = this.#order.next().value;
    return true;
  }
}

/**
 * What waits for room, of several owners that take turns: one with a thousand calls does not keep another one's single call waiting. Within an owner
 * first come, first served. Bounded.
 */
export class WaitingLine<T extends { readonly owner: string }> {
  readonly #capacity: number;
  /** In the order of their turns. */
  readonly #owners = new Map<string, Lane<T>>();
  #size = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#size;
  }

  /** False when there is no room. */
  push(item: T): boolean {
    if (this.#size >= this.#capacity) return false;
    const lane = this.#owners.get(item.owner) ?? new Lane<T>();
    this.#owners.set(item.owner, lane);
    lane.push(item);
    this.#size += 1;
    return true;
  }

  /** Takes the first item, in the order of turns, that is wanted; its owner goes to the end. Asks about one item of each owner only. */
  take(wanted: (item: T) => boolean): T | undefined {
    for (const [owner, lane] of this.#owners) {
      const { first } = lane;
      if (first === undefined || !wanted(first)) continue;
      this.delete(first);
      if (this.#owners.delete(owner)) this.#owners.set(owner, lane);
      return first;
    }
    return undefined;
  }

  delete(item: T): void {
    const lane = this.#owners.get(item.owner);
    if (lane?.delete(item) !== true) return;
    this.#size -= 1;
    if (lane.first === undefined) this.#owners.delete(item.owner);
  }

  /** The next item of each owner. */
  *heads(): Generator<T, void> {
    for (const { first } of this.#owners.values()) if (first !== undefined) yield first;
  }

  /** Takes everything, or everything that is wanted. */
  drain(wanted: (item: T) => boolean = () => true): readonly T[] {
    const taken = [...this.#owners.values()].flatMap(({ items }) => [...items].filter(wanted));
    for (const item of taken) this.delete(item);
    return taken;
  }
}
