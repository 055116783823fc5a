import type { BackendCapabilities } from "../backend/capabilities.ts";
import type { TaskPlan } from "../graph/task-plan.ts";

/** Why a backend cannot run a task at all, or `undefined` when it can. */
export function incompatibility(capabilities: BackendCapabilities, plan: TaskPlan): string | undefined {
  const { work, resources, backend } = plan;
  if (capabilities.byNameOnly === true && backend === undefined) return "it runs only tasks that name it";
  if (!capabilities.taskKinds.includes(work.kind)) {
    return `it runs no ${plurals[work.kind]} (only ${capabilities.taskKinds.map((kind) => plurals[kind]).join(", ")})`;
  }
  if (work.kind === "function" && !capabilities.functionKinds.includes(work.function.kind)) {
    return `it runs no ${work.function.kind} functions (only ${capabilities.functionKinds.join(", ") || "none"})`;
  }
  if (resources === undefined) return undefined;
  const { ranks = 1, nodes = 1, cores = 0, gpus = 0, memoryBytes = 0 } = resources;
  const asked = { ranks: ranks > 1, nodes: nodes > 1, cores: cores > 0, gpus: gpus > 0, memoryBytes: memoryBytes > 0 };
  for (const name of capabilityNames) {
    if (asked[name] && !capabilities.resources.includes(name)) return `it cannot honour resources.${name}`;
  }
  return undefined;
}

const capabilityNames = ["ranks", "nodes", "cores", "gpus", "memoryBytes"] as const;

const plurals = {
  executable: "executables",
  function: "functions",
  prompt: "prompts",
  embedding: "embeddings",
} as const;
