import type { BackendCapabilities, BackendCapacity, FunctionKind } from "../backend/capabilities.ts";
import type { PlannedWork, TaskPlan } from "../graph/task-plan.ts";
import type { TaskResources } from "../task/resources.ts";

/** What one attempt takes of a backend's capacity, over all its ranks. Equal demands of one backend are one object. */
export interface Demand {
  /** As handed to the backend, defaults filled in, for each rank. */
  readonly resources: TaskResources;
  readonly cores: number;
  readonly gpus: number;
  readonly memoryBytes: number;
}

/** Most different demands remembered; a session may see a new one with every task. */
const MAX_KNOWN = 10_000;

/** The demands seen by one backend. Tasks come in few sizes, so the ready queue sorts by size and not by task. */
export class Demands {
  readonly #capabilities: BackendCapabilities;
  readonly #known = new Map<string, Demand>();
  readonly #defaults = new Map<string, Demand>();

  constructor(capabilities: BackendCapabilities) {
    this.#capabilities = capabilities;
  }

  of(plan: TaskPlan): Demand {
    const kind = workKind(plan.work);
    if (plan.resources !== undefined) return this.#intern({ ...this.#defaultsFor(kind), ...defined(plan.resources) });
    const usual = this.#defaults.get(kind) ?? this.#intern(this.#defaultsFor(kind));
    this.#defaults.set(kind, usual);
    return usual;
  }

  #defaultsFor(kind: ReturnType<typeof workKind>): TaskResources {
    const { defaultResources = {} } = this.#capabilities;
    const family = kind === "inline" || kind === "module" || kind === "python" ? "function" : kind;
    return { ...defaultResources[family], ...defaultResources[kind] };
  }

  #intern(resources: TaskResources): Demand {
    const { cores = 0, gpus = 0, memoryBytes = 0, ranks = 1, nodes = 1 } = resources;
    const key = `${cores} ${gpus} ${memoryBytes} ${ranks} ${nodes}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    // Interning only saves lines in the ready queue: starting anew costs nothing but a few more of them.
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    const demand = { resources, cores: cores * ranks, gpus: gpus * ranks, memoryBytes: memoryBytes * ranks };
    this.#known.set(key, demand);
    return demand;
  }
}

/** The kind of work as capabilities name it: that of the function for functions. */
export function workKind(work: PlannedWork): "executable" | "prompt" | "embedding" | FunctionKind {
  return work.kind === "function" ? work.function.kind : work.kind;
}

/** Fractions of cores and GPUs add up with rounding errors of this size at most. */
export const EPSILON = 1e-9;

/** The resources of which a demand asks more than there is, in words; empty when it fits. */
export function excess(demand: Demand, capacity: BackendCapacity): readonly Shortfall[] {
  const shortfalls: Shortfall[] = [];
  for (const resource of amounts) {
    const asked = demand[resource];
    const available = capacity[resource] ?? Infinity;
    if (asked > available + EPSILON) shortfalls.push({ resource, asked, available });
  }
  return shortfalls;
}

/** A resource of which a task asks more than its backend has. */
export interface Shortfall {
  readonly resource: (typeof amounts)[number];
  readonly asked: number;
  readonly available: number;
}

const amounts = ["cores", "gpus", "memoryBytes"] as const;

function defined(resources: TaskResources): TaskResources {
  return Object.fromEntries(Object.entries(resources).filter(([, value]) => value !== undefined));
}
