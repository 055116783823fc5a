import type { ResourceUsage, TaskResources } from "@rhapsody/core";
import { gpuVariables, type Gpus } from "./gpus.ts";
import { Units, type Claim } from "./units.ts";

/** The cores and GPUs that one attempt was given. */
export interface SlotAssignment {
  readonly usage: ResourceUsage;
  /** Variables that show a program its GPUs and no others. */
  readonly environment: Readonly<Record<string, string>>;
  readonly coreClaim: Claim | undefined;
  readonly gpuClaim: Claim | undefined;
}

const noSlots: SlotAssignment = { usage: { cores: [] }, environment: {}, coreClaim: undefined, gpuClaim: undefined };

/** Assigns concrete cores and GPUs to attempts. */
export class Slots {
  readonly #coreIds: readonly number[];
  readonly #gpus: Gpus;
  readonly #cores: Units;
  readonly #gpuUnits: Units;

  constructor(coreIds: readonly number[], gpus: Gpus) {
    this.#coreIds = coreIds;
    this.#gpus = gpus;
    this.#cores = new Units(coreIds.length);
    this.#gpuUnits = new Units(gpus.ids.length);
  }

  /** How many GPUs there are to assign. */
  get gpuCount(): number {
    return this.#gpus.ids.length;
  }

  /**
   * Assigns slots, or `undefined` when the GPUs are not free in that form: two halves of different GPUs are not one GPU.
   *
   * Cores are not bound to, so a task that finds them in pieces runs all the same, and is told no ids.
   */
  take({ cores = 0, gpus = 0 }: TaskResources): SlotAssignment | undefined {
    if (cores === 0 && gpus === 0) return noSlots;
    const gpuClaim = this.#gpuUnits.take(gpus);
    if (gpuClaim === undefined) return undefined;
    const coreClaim = this.#cores.take(cores);
    const coreIds = coreClaim?.whole.map((unit) => this.#coreIds[unit]).filter((id) => id !== undefined) ?? [];
    if (gpus === 0) return { ...noSlots, usage: { cores: coreIds }, coreClaim, gpuClaim };
    const gpuIds = unitsOf(gpuClaim)
      .map((unit) => this.#gpus.ids[unit])
      .filter((id) => id !== undefined);
    const visible = gpuIds.join(",");
    return {
      usage: { cores: coreIds, gpus: gpuIds },
      environment: Object.fromEntries(gpuVariables(this.#gpus.vendor).map((name) => [name, visible])),
      coreClaim,
      gpuClaim,
    };
  }

  give({ coreClaim, gpuClaim }: SlotAssignment): void {
    if (coreClaim !== undefined) this.#cores.give(coreClaim);
    if (gpuClaim !== undefined) this.#gpuUnits.give(gpuClaim);
  }
}

function unitsOf({ whole, shared }: Claim): readonly number[] {
  return shared === undefined ? whole : [...whole, shared.unit];
}
