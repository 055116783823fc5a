import type { Goal } from "../comparison.ts";
import type { LineOutcome } from "../run/run-comparison.ts";

/** One line of the report: both sides, the ratio with the range over the rounds, the goal and whether it is reached. */
export function formatLine({ line, measured, against, ratio, range, reached }: LineOutcome): string {
  const { figure, contender } = line.measured;
  const peer =
    "value" in line.against
      ? line.against.name
      : `${line.against.contender} ${formatFigure(line.against.figure, against)}`;
  const columns = [
    `${contender} ${formatFigure(figure, measured)}`.padEnd(32),
    peer.padEnd(32),
    `${formatRatio(ratio)} (${range.map(formatRatio).join(" to ")})`.padEnd(26),
    line.goal === undefined ? "" : `${formatGoal(line.goal)}: ${reached === true ? "reached" : "NOT REACHED"}`,
  ];
  return `  ${columns.join("  ").trimEnd()}`;
}

function formatFigure(figure: string, value: number): string {
  const amount = value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 2 : 0 });
  return `${amount} ${UNITS[figure] ?? figure}`;
}

const UNITS: Readonly<Record<string, string>> = {
  tasksPerSecond: "tasks/s",
  microsecondsPerTask: "µs/task",
  cpuMicrosecondsPerTask: "µs of CPU/task",
  addedMs: "ms added",
  bytesPerUnsettledTask: "B/task",
  bytesPerReleasedTask: "B/task left",
  hostBytesPerTask: "B/task",
  sidecarBytesPerTask: "B/task in the sidecar",
  tasks: "tasks/s, a request each",
  batchesOf16: "tasks/s in batches of 16",
  batchesOf64: "tasks/s in batches of 64",
  list: "tasks/s in one list",
  requests: "tasks/s by bare undici",
  openai: "tasks/s by openai",
  msWhenDone: "ms, all done",
  msWhenUndone: "ms, none done",
};

function formatRatio(ratio: number): string {
  return `${ratio.toFixed(ratio < 10 ? 2 : 1)}×`;
}

function formatGoal(goal: Goal): string {
  return "atLeast" in goal ? `≥ ${goal.atLeast}×` : `≤ ${goal.atMost}×`;
}
