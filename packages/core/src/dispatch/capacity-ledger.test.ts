import { describe, expect, it } from "vitest";
import { CapacityLedger } from "./capacity-ledger.ts";
import type { Demand } from "./demand.ts";

const demand = (cores: number, gpus = 0, memoryBytes = 0): Demand => ({ resources: {}, cores, gpus, memoryBytes });

describe("CapacityLedger", () => {
  it("fits what is free, and no more", () => {
    const ledger = new CapacityLedger({ cores: 4, gpus: 1, memoryBytes: 100 });
    ledger.take(demand(3, 0, 50));

    expect(ledger.fits(demand(1, 1, 50))).toBe(true);
    expect(ledger.fits(demand(1.5))).toBe(false);
    expect(ledger.fits(demand(0, 2))).toBe(false);
    expect(ledger.fits(demand(0, 0, 51))).toBe(false);
  });

  it("fits anything where nothing is said", () => {
    expect(new CapacityLedger({}).fits(demand(1e9, 1e9, 1e18))).toBe(true);
  });

  it("counts attempts, also those that take nothing", () => {
    const ledger = new CapacityLedger({ maxInFlight: 2 });
    ledger.take(demand(0));
    expect(ledger.full).toBe(false);
    ledger.take(demand(0));

    expect(ledger.full).toBe(true);
    expect(ledger.fits(demand(0))).toBe(false);
  });

  it("fits again what was given back", () => {
    const ledger = new CapacityLedger({ cores: 1 });
    ledger.take(demand(1));
    ledger.give(demand(1));

    expect(ledger.fits(demand(1))).toBe(true);
  });

  it("adds up fractions without losing a core to rounding", () => {
    const ledger = new CapacityLedger({ cores: 1 });
    for (let i = 0; i < 10; i += 1) {
      expect(ledger.fits(demand(0.1))).toBe(true);
      ledger.take(demand(0.1));
    }

    expect(ledger.fits(demand(0.1))).toBe(false);
    for (let i = 0; i < 10; i += 1) ledger.give(demand(0.1));
    expect(ledger.fits(demand(1))).toBe(true);
  });

  it("does not drift over a million uneven fractions", () => {
    const ledger = new CapacityLedger({ cores: 1 });
    ledger.take(demand(0.1));
    for (let i = 0; i < 1_000_000; i += 1) {
      ledger.take(demand(0.3));
      ledger.give(demand(0.3));
    }

    expect(ledger.fits(demand(0.9))).toBe(true);
    expect(ledger.fits(demand(0.901))).toBe(false);
  });

  it("keeps what is taken when the capacity shrinks below it", () => {
    const ledger = new CapacityLedger({ cores: 4 });
    ledger.take(demand(4));

    ledger.resize({ cores: 2 });
    expect(ledger.fits(demand(0))).toBe(false);
    ledger.give(demand(4));

    expect(ledger.fits(demand(2))).toBe(true);
    expect(ledger.capacity).toEqual({ cores: 2 });
  });
});
