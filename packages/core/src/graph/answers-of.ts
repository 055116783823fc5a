import type { TaskResult } from "../task/task-result.ts";
import type { PlannedWork, TaskPlan } from "./task-plan.ts";

/** The answers of a settled prompt as texts, one for each of several, in order; values that a schema made of them as JSON. None for other tasks. */
export function answersOf(work: PlannedWork, { response }: TaskResult): readonly string[] {
  if (response === undefined || work.kind === "embedding") return [];
  const answers: readonly unknown[] = Array.isArray(response) && isOfSeveral(work) ? response : [response];
  return answers.map(textOf);
}

/** What is left of a plan once its task has settled: as much as tells how its answer is to be read. */
export function remainderOf(work: PlannedWork): TaskPlan {
  if (work.kind === "embedding") return VECTORS;
  return isOfSeveral(work) ? SEVERAL : ONE;
}

/** True for a list of prompts; a function of results may have given one. */
function isOfSeveral(work: PlannedWork): boolean {
  if (work.kind !== "prompt") return false;
  const { prompt } = work;
  return typeof prompt === "function" || (typeof prompt !== "string" && typeof prompt[0] === "string");
}

function textOf(answer: unknown): string {
  if (typeof answer === "string") return answer;
  try {
    return JSON.stringify(answer) ?? "";
  } catch {
    // A schema may make what JSON has no words for.
    return "";
  }
}

const ONE = planOf({ kind: "prompt", prompt: "", model: undefined, sampling: {}, stream: false });
const SEVERAL = planOf({ kind: "prompt", prompt: [""], model: undefined, sampling: {}, stream: false });
const VECTORS = planOf({ kind: "embedding", input: "", model: undefined, dimensions: undefined, parameters: {} });

function planOf(work: PlannedWork): TaskPlan {
  return { uid: "", work };
}
