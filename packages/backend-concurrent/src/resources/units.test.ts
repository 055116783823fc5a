import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Units, type Claim } from "./units.ts";

describe("Units", () => {
  it("gives whole units in order, and none when they are not all free", () => {
    const units = new Units(3);

    expect(units.take(2)).toEqual({ whole: [0, 1] });
    expect(units.take(2)).toBeUndefined();
    expect(units.take(1)).toEqual({ whole: [2] });
  });

  it("lets fractions share the fullest unit that has room, and keeps others whole", () => {
    const units = new Units(2);

    const [a, b, c, d] = [units.take(0.5), units.take(0.3), units.take(1), units.take(0.2)];

    expect([a, b, d].map((claim) => claim?.shared?.unit)).toEqual([0, 0, 0]);
    expect(c?.whole).toEqual([1]);
    expect(units.take(0.01)).toBeUndefined();
  });

  it("gives whole units and a part of another one together", () => {
    expect(new Units(3).take(1.5)).toEqual({ whole: [0], shared: { unit: 1, amount: 0.5 } });
  });

  it("takes tenths that do not quite add up to one for one", () => {
    const units = new Units(1);
    const claims = Array.from({ length: 10 }, () => units.take(0.1));
    expect(claims.every((claim) => claim !== undefined)).toBe(true);
    for (const claim of claims) units.give(claim!);

    expect(units.take(1)).toEqual({ whole: [0] });
  });

  it("never gives a unit to more than it has, and has everything back in the end", () => {
    const step = fc.oneof(
      fc.record({ take: fc.constantFrom(0, 0.1, 0.25, 1 / 3, 0.5, 0.9, 1, 1.5, 2, 3) }),
      fc.record({ give: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4 }), fc.array(step, { maxLength: 60 }), (count, steps) => {
        const units = new Units(count);
        const held: Claim[] = [];
        for (const action of steps) {
          if ("give" in action) held.splice(action.give, 1).forEach((claim) => units.give(claim));
          else held.push(...[units.take(action.take)].filter((claim) => claim !== undefined));
          const used = Array.from({ length: count }, () => 0);
          for (const { whole, shared } of held) {
            for (const unit of whole) used[unit]! += 1;
            if (shared !== undefined) used[shared.unit]! += shared.amount;
          }
          expect(Math.max(0, ...used)).toBeLessThanOrEqual(1 + 1e-6);
        }
        for (const claim of held) units.give(claim);
        expect(units.take(count)?.whole).toHaveLength(count);
      }),
    );
  });
});
