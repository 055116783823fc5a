/** Units of one resource that one task was given. */
export interface Claim {
  /** Positions of the units given whole. */
  readonly whole: readonly number[];
  /** The unit given in part. */
  readonly shared?: { readonly unit: number; readonly amount: number } | undefined;
}

/** Fractions add up with rounding errors of this size at most. */
const EPSILON = 1e-9;

const nothing: Claim = { whole: [] };

/** Hands out the units of one resource, such as cores or GPUs: whole ones, and parts of one that several tasks share. */
export class Units {
  /** Units that nobody uses, the next one to give last. */
  readonly #free: number[];
  /** What is left of each unit in part use. */
  readonly #partial = new Map<number, number>();

  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, index) => count - 1 - index);
  }

  /** Takes an amount, of which the fraction comes from one unit; `undefined` when it is not there in that form. */
  take(amount: number): Claim | undefined {
    if (amount <= EPSILON) return nothing;
    const count = Math.floor(amount + EPSILON);
    const rest = amount - count > EPSILON ? amount - count : 0;
    const shared = rest === 0 ? undefined : this.#fullestWith(rest);
    const needed = count + (rest > 0 && shared === undefined ? 1 : 0);
    if (needed > this.#free.length) return undefined;
    const whole = count === 0 ? [] : this.#free.splice(-count).sort((a, b) => a - b);
    if (rest === 0) return { whole };
    const unit = shared ?? this.#free.pop();
    if (unit === undefined) return undefined;
    this.#partial.set(unit, (this.#partial.get(unit) ?? 1) - rest);
    return { whole, shared: { unit, amount: rest } };
  }

  /** Gives back what {@link Units.take} gave. */
  give({ whole, shared }: Claim): void {
    this.#free.push(...whole);
    if (shared === undefined) return;
    const left = (this.#partial.get(shared.unit) ?? 0) + shared.amount;
    if (left < 1 - EPSILON) {
      this.#partial.set(shared.unit, left);
      return;
    }
    this.#partial.delete(shared.unit);
    this.#free.push(shared.unit);
  }

  /** The shared unit with the least left that still has the amount: leaves whole units whole. */
  #fullestWith(amount: number): number | undefined {
    let best: { readonly unit: number; readonly left: number } | undefined;
    for (const [unit, left] of this.#partial) {
      if (left + EPSILON >= amount && left < (best?.left ?? Infinity)) best = { unit, left };
    }
    return best?.unit;
  }
}
