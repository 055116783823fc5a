/** Characters in a block: vLLM caches whole blocks of tokens (128 on CPU, 16 on GPU), about 4 characters a token. */
const BLOCK = 256;

/** Longest beginning that is compared, in blocks: a long system prompt is inside, and the work per call stays small. */
const MOST_BLOCKS = 16;

/** Hashes of the beginnings of a prompt, one for each whole block; made once for each call. */
export type Beginnings = readonly number[];

/** Hashes a prompt's beginnings: FNV-1a over its 16-bit units, with two primes to have 52 bits. */
export function beginningsOf(prefix: string): Beginnings {
  const blocks = Math.min(MOST_BLOCKS, Math.floor(prefix.length / BLOCK));
  const hashes: number[] = [];
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let block = 0; block < blocks; block += 1) {
    for (let index = block * BLOCK; index < (block + 1) * BLOCK; index += 1) {
      const unit = prefix.charCodeAt(index);
      low = Math.imul(low ^ unit, 0x01000193);
      high = Math.imul(high ^ unit, 0x85ebca6b);
    }
    hashes.push((high >>> 12) * 2 ** 32 + (low >>> 0));
  }
  return hashes;
}

/** Which replica was last sent which beginning of a prompt, and so is likely to have it cached. Bounded: what was not used for longest is forgotten. */
export class PrefixIndex {
  readonly #capacity: number;
  readonly #places = new Map<number, string>();
  /** Goes on where it was: from the start it would step over all that was ever deleted. */
  readonly #oldest = this.#places.keys();

  /** @param capacity - Most beginnings that are remembered. */
  constructor(capacity = 16_384) {
    this.#capacity = capacity;
  }

  /** The replica that was sent the longest of these beginnings; `undefined` when none was sent any. */
  find(beginnings: Beginnings): string | undefined {
    for (let index = beginnings.length - 1; index >= 0; index -= 1) {
      const replica = this.#places.get(beginnings[index] ?? 0);
      if (replica !== undefined) return replica;
    }
    return undefined;
  }

  /** A prompt with these beginnings goes to the replica. */
  sent(beginnings: Beginnings, replica: string): void {
    for (const hash of beginnings) {
      // Moved to the end, which is the side that is kept.
      this.#places.delete(hash);
      this.#places.set(hash, replica);
    }
    while (this.#places.size > this.#capacity) this.#places.delete(this.#oldest.next().value ?? 0);
  }

  /** The replica is gone, and its cache with it. */
  forget(replica: string): void {
    for (const [hash, name] of this.#places) if (name === replica) this.#places.delete(hash);
  }
}
