import type { BackendLane } from "../dispatch/backend-lane.ts";
import type { TaskRecord } from "../graph/task-record.ts";
import { objection } from "./route-task.ts";

/** Other places for tasks that wait for one backend, and name none. */
export class Elsewhere {
  /** In the order in which they are asked. */
  readonly #lanes: readonly BackendLane[];
  readonly #open: readonly BackendLane[];

  /** @param all - The backends of the session, in its order. */
  constructor(from: BackendLane, all: Iterable<BackendLane>) {
    const lanes = [...all];
    this.#open = lanes.filter((lane) => lane !== from && lane.status === "open");
    // Beside those that are open, only those that come after it: a task that no backend opens for comes to the last one.
    const later = lanes.slice(lanes.indexOf(from) + 1).filter((lane) => lane.status !== "open");
    this.#lanes = [...this.#open, ...later];
  }

  /** The first open backend that can run a task. */
  openFor(record: TaskRecord): BackendLane | undefined {
    return accepting(record, this.#open);
  }

  /** The first backend that can run a task: one that is open, else the next in the session's order. */
  laneFor(record: TaskRecord): BackendLane | undefined {
    return accepting(record, this.#lanes);
  }
}

/** The first of these backends that can run a task that names none. */
export function accepting({ plan }: TaskRecord, lanes: readonly BackendLane[]): BackendLane | undefined {
  return plan.backend === undefined ? lanes.find((lane) => objection(plan, lane) === undefined) : undefined;
}
