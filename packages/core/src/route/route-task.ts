import type { BackendLane } from "../dispatch/backend-lane.ts";
import { excess, type Shortfall } from "../dispatch/demand.ts";
import type { TaskPlan } from "../graph/task-plan.ts";
import type { Flaw } from "../validate/flaw.ts";
import { incompatibility } from "./incompatibility.ts";

/** The lane of the backend that a task names, or of the first that can run it; what is wrong when there is none. */
export function routeTask(plan: TaskPlan, lanes: ReadonlyMap<string, BackendLane>): BackendLane | Flaw {
  const reasons: Flaw[] = [];
  for (const lane of candidates(plan, lanes)) {
    const reason = objection(plan, lane);
    if (reason === undefined) return lane;
    reasons.push(reason);
  }
  const [first] = reasons;
  if (first === undefined) {
    const message = `backend ${JSON.stringify(plan.backend)} is not in this session, which has: ${[...lanes.keys()].join(", ")}`;
    return { code: "TASK_BACKEND_UNKNOWN", message };
  }
  if (reasons.length === 1) return first;
  const code = reasons.some((reason) => reason.code === "TASK_NEVER_FITS") ? "TASK_NEVER_FITS" : first.code;
  return { code, message: `no backend can run it: ${reasons.map(({ message }) => message).join("; ")}` };
}

function candidates(plan: TaskPlan, lanes: ReadonlyMap<string, BackendLane>): Iterable<BackendLane> {
  if (plan.backend === undefined) return lanes.values();
  const named = lanes.get(plan.backend);
  return named === undefined ? [] : [named];
}

/** Why a backend cannot run a task, or `undefined` when it can. */
export function objection(plan: TaskPlan, lane: BackendLane): Flaw | undefined {
  const reason = incompatibility(lane.capabilities, plan);
  if (reason !== undefined)
    return { code: "TASK_NO_COMPATIBLE_BACKEND", message: `backend ${lane.name} cannot run it: ${reason}` };
  const shortfalls = excess(lane.demandOf(plan), lane.capacity);
  if (shortfalls.length === 0) return undefined;
  return { code: "TASK_NEVER_FITS", message: neverFits(lane.name, shortfalls) };
}

/** Says which resources a task asks too much of. */
export function neverFits(backend: string, shortfalls: readonly Shortfall[]): string {
  const parts = shortfalls.map(({ resource, asked, available }) => `${asked} ${resource} of ${available}`);
  return `asks backend ${backend} for ${parts.join(" and ")}: ask for less, or use a backend that has more`;
}
