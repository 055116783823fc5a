import type { WfTask } from "./workflow.ts";

/** One task of the chain that the end of a run had to wait for. Times in seconds. */
export interface PathStep {
  /** Id of the task. */
  readonly id: string;
  readonly uid: string;
  /**
   * What it waited for: its own submission, the task before it as one of its parents, or a slot that the task before it had until then.
   */
  readonly after: "submission" | "dependency" | "slot";
  /** From the end of the task before, or from the submission, until it began. */
  readonly waitSeconds: number;
  /** From its beginning until it was settled. */
  readonly runSeconds: number;
  /** Its recorded run time, scaled. */
  readonly idealSeconds: number;
}

/** When a task ran, in Unix milliseconds. */
export interface TaskRun {
  readonly task: WfTask;
  readonly uid: string;
  readonly cores: number;
  readonly submitted: number;
  readonly started: number;
  readonly finished: number;
}

/** Goes back from the task that ended last to what it waited for, until a submission. */
export function measuredPath(
  runs: readonly TaskRun[],
  { slots, secondsOf }: { readonly slots: number; readonly secondsOf: (task: WfTask) => number },
): PathStep[] {
  const byId = new Map(runs.map((run) => [run.task.id, run]));
  const steps: PathStep[] = [];
  const seen = new Set<TaskRun>();
  let run = latest(runs);
  while (run !== undefined) {
    seen.add(run);
    const parent = latest(run.task.parents.flatMap((id) => byId.get(id) ?? []));
    const holder = slotHolder(run, parent?.finished ?? run.submitted, { runs, slots });
    const next: TaskRun | undefined = holder === undefined || seen.has(holder) ? parent : holder;
    steps.push({
      id: run.task.id,
      uid: run.uid,
      after: reason(next, parent),
      waitSeconds: (run.started - (next?.finished ?? run.submitted)) / 1000,
      runSeconds: (run.finished - run.started) / 1000,
      idealSeconds: secondsOf(run.task),
    });
    run = next;
  }
  return steps.toReversed();
}

function reason(next: TaskRun | undefined, parent: TaskRun | undefined): PathStep["after"] {
  if (next === undefined) return "submission";
  return next === parent ? "dependency" : "slot";
}

/** Of several that ended at once the last in the list, which no other of them waited for. */
function latest(runs: readonly TaskRun[]): TaskRun | undefined {
  let last: TaskRun | undefined;
  for (const run of runs) if (last === undefined || run.finished >= last.finished) last = run;
  return last;
}

/** The last task to end while the run was ready and had not begun, and to leave room that there had not been before. */
function slotHolder(
  run: TaskRun,
  readyAt: number,
  { runs, slots }: { readonly runs: readonly TaskRun[]; readonly slots: number },
): TaskRun | undefined {
  const busyBefore = (time: number): number => {
    let busy = 0;
    for (const { started, finished, cores } of runs) if (started < time && time <= finished) busy += cores;
    return busy;
  };
  return runs
    .filter((other) => other !== run && readyAt < other.finished && other.finished <= run.started)
    .toSorted((one, other) => other.finished - one.finished)
    .find((holder) => busyBefore(holder.finished) + run.cores > slots);
}
