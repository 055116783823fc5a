/**
 * What waits for room, of several owners that take turns: one with a thousand calls does not keep another one's single call waiting. Within an owner
 * first come, first served. Bounded.
 */
export class WaitingLine<T extends { readonly owner: string }> {
  readonly #capacity: number;
  /** In the order of their turns; a set, so that what gives up leaves at once. */
  readonly #owners = new Map<string, Set<T>>();
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
    const items = this.#owners.get(item.owner);
    if (items === undefined) this.#owners.set(item.owner, new Set([item]));
    else items.add(item);
    this.#size += 1;
    return true;
  }

  /** Takes the first item, in the order of turns, that is wanted; its owner goes to the end. Asks about one item of each owner only. */
  take(wanted: (item: T) => boolean): T | undefined {
    for (const [owner, items] of this.#owners) {
      const [first] = items;
      if (first === undefined || !wanted(first)) continue;
      this.delete(first);
      const rest = this.#owners.get(owner);
      if (rest !== undefined) {
        this.#owners.delete(owner);
        this.#owners.set(owner, rest);
      }
      return first;
    }
    return undefined;
  }

  delete(item: T): void {
    const items = this.#owners.get(item.owner);
    if (items?.delete(item) !== true) return;
    this.#size -= 1;
    if (items.size === 0) this.#owners.delete(item.owner);
  }

  /** The next item of each owner. */
  *heads(): Generator<T, void> {
    for (const [first] of this.#owners.values()) if (first !== undefined) yield first;
  }

  /** Takes everything, or everything that is wanted. */
  drain(wanted: (item: T) => boolean = () => true): readonly T[] {
    const taken = [...this.#owners.values()].flatMap((items) => [...items].filter(wanted));
    for (const item of taken) this.delete(item);
    return taken;
  }
}
