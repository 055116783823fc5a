import { styleText } from "node:util";
import type { TaskResult, TaskState } from "@rhapsody/core";

/** One task of the table. Times are Unix milliseconds. */
export interface TimelineRow {
  readonly uid: string;
  readonly state: TaskState;
  readonly submitted: number;
  readonly started?: number | undefined;
  readonly finished?: number | undefined;
  readonly peakMemoryBytes?: number | undefined;
}

/** The row of a settled task. */
export function rowOf({ uid, state, times, resources }: TaskResult): TimelineRow {
  return { uid, state, ...times, peakMemoryBytes: resources?.peakMemoryBytes };
}

type Color = Extract<Parameters<typeof styleText>[0], string>;

/** How many characters the time axis is wide. */
const AXIS_WIDTH = 32;

const HEADINGS = ["task", "state", "waited", "ran", "memory"] as const;

/** A table with one line for each task: state, time spent waiting and running, peak memory, and when it ran. */
export function timelineTable(rows: readonly TimelineRow[], now: number, stream: NodeJS.WritableStream): string[] {
  const begin = Math.min(...rows.map(({ submitted }) => submitted));
  const end = Math.max(...rows.map(({ finished }) => finished ?? now), begin + 1);
  const cells = rows.map((row) => [
    row.uid,
    row.state,
    seconds(row.submitted, row.started ?? row.finished ?? now),
    row.started === undefined ? "" : seconds(row.started, row.finished ?? now),
    row.peakMemoryBytes === undefined ? "" : `${Math.round(row.peakMemoryBytes / 2 ** 20)} MiB`,
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const pad = (texts: readonly string[]): string[] =>
    texts.map((text, column) => (column < 2 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)));

  const paint = (style: Color, text: string): string => styleText(style, text, { stream, validateStream: true });
  const axis = `0 s${seconds(begin, end).padStart(AXIS_WIDTH - 3)}`;
  const header = paint("dim", [...pad(HEADINGS), axis].join("  "));
  const lines = rows.map((row, index) => {
    const [uid = "", state = "", ...rest] = pad(cells[index] ?? []);
    return [uid, paint(colors[row.state], state), ...rest, bar(row, begin, end)].join("  ").trimEnd();
  });
  return [header, ...lines];
}

/** The part of the axis during which a task ran. */
function bar({ started, finished }: TimelineRow, begin: number, end: number): string {
  if (started === undefined) return "";
  const scale = AXIS_WIDTH / (end - begin);
  const from = Math.min(Math.floor((started - begin) * scale), AXIS_WIDTH - 1);
  const to = Math.max(Math.ceil(((finished ?? end) - begin) * scale), from + 1);
  return " ".repeat(from) + "█".repeat(to - from);
}

function seconds(from: number, to: number): string {
  return `${(Math.max(0, to - from) / 1000).toFixed(2)} s`;
}

const colors: Readonly<Record<TaskState, Color>> = {
  NEW: "dim",
  SCHEDULING_PENDING: "dim",
  EXECUTING_PENDING: "dim",
  EXECUTING: "cyan",
  DONE: "green",
  FAILED: "red",
  CANCELLED: "yellow",
};
