import type { TaskRecord } from "../graph/task-record.ts";
import type { TaskResult } from "../task/task-result.ts";
import type { Ending } from "./settler.ts";

/** How a record ends, with the result as it will be shown. */
export interface Conclusion {
  readonly record: TaskRecord;
  readonly ending: Ending;
  readonly result: TaskResult;
}
