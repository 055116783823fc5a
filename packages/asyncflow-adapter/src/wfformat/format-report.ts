import type { MakespanReport } from "./makespan-report.ts";
import type { PathStep } from "./measured-path.ts";

/** Most tasks of the path that the text names. */
const MAX_STEPS = 12;

/** A {@link MakespanReport} as lines of text for people; the longest chains are cut in the middle. */
export function formatReport(report: MakespanReport): string {
  const { ideal, path, notDone } = report;
  const rows: readonly (readonly [string, string])[] = [
    [
      "makespan",
      `${seconds(report.makespanSeconds)}, of which ${seconds(report.startupSeconds)} before the first task`,
    ],
    ["critical path", seconds(ideal.criticalPathSeconds)],
    ["work / slots", seconds(ideal.workSeconds / report.slots)],
    ["lower bound", `${seconds(ideal.boundSeconds)}, makespan ${times(report.ratio)}`],
    ["simulated", `${seconds(ideal.scheduleSeconds)}, makespan ${times(report.scheduleRatio)}`],
    [
      "overhead",
      `${(report.overheadPerTaskSeconds * 1000).toFixed(1)} ms for each of ${path.length} tasks on the path`,
    ],
  ];
  return [
    `${report.workflow}: ${report.taskCount} tasks on ${report.slots} slots, times × ${Number(report.timeScale.toPrecision(3))}`,
    ...rows.map(([label, value]) => `  ${label.padEnd(13)} ${value}`),
    ...(notDone.length === 0 ? [] : [`  not DONE: ${list(notDone)}`]),
    "  what the end waited for:",
    ...shorten(path.map(stepLine)).map((line) => `    ${line}`),
  ].join("\n");
}

const AFTER: Readonly<Record<PathStep["after"], string>> = {
  submission: "submitted",
  dependency: "its parent",
  slot: "a free slot",
};

function stepLine({ id, after, waitSeconds, runSeconds, idealSeconds }: PathStep): string {
  return `${seconds(waitSeconds)} after ${AFTER[after].padEnd(11)} ${seconds(runSeconds)} (ideal ${seconds(idealSeconds)}) ${id}`;
}

function shorten(lines: readonly string[]): readonly string[] {
  if (lines.length <= MAX_STEPS) return lines;
  const half = MAX_STEPS / 2;
  return [...lines.slice(0, half), `… ${lines.length - MAX_STEPS} more`, ...lines.slice(-half)];
}

function list(ids: readonly string[]): string {
  const named = ids.slice(0, MAX_STEPS).join(", ");
  return ids.length <= MAX_STEPS ? named : `${named} and ${ids.length - MAX_STEPS} more`;
}

function seconds(value: number): string {
  return `${value.toFixed(3)} s`;
}

function times(ratio: number): string {
  return `× ${ratio.toFixed(2)}`;
}
