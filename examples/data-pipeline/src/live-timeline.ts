import type { WriteStream } from "node:tty";
import type { EventStream, SessionEvent } from "@rhapsody/core";
import { timelineTable, type TimelineRow } from "./timeline.ts";

/** Redraws while nothing happens, so that the times of running tasks go on, in milliseconds. */
const REDRAW_MS = 100;

/** Keeps a table of the tasks up to date on a terminal, from a session's events, until they end; then takes it away again. */
export async function drawLiveTimeline(events: EventStream, terminal: WriteStream): Promise<void> {
  const rows = new Map<string, TimelineRow>();
  let height = 0;
  const erase = (): void => {
    if (height > 0) terminal.write(`\x1b[${height}A\x1b[0J`);
    height = 0;
  };
  const draw = (): void => {
    erase();
    // A line that wraps, or a table taller than the terminal, could not be erased.
    if (rows.size + 2 > terminal.rows || terminal.columns < 96) return;
    const lines = rows.size === 0 ? [] : timelineTable([...rows.values()], Date.now(), terminal);
    terminal.write(lines.map((line) => `${line}\n`).join(""));
    height = lines.length;
  };
  const timer = setInterval(draw, REDRAW_MS);
  try {
    for await (const event of events) {
      note(rows, event);
      draw();
    }
  } finally {
    clearInterval(timer);
    erase();
  }
}

/** Writes what an event tells into the row of its task. */
function note(rows: Map<string, TimelineRow>, event: SessionEvent): void {
  if (event.type !== "task") return;
  const { uid, state, at } = event;
  const row = { submitted: at, ...rows.get(uid), uid, state };
  if (state === "EXECUTING") rows.set(uid, { ...row, started: at });
  else if (state === "DONE" || state === "FAILED" || state === "CANCELLED") rows.set(uid, { ...row, finished: at });
  else rows.set(uid, row);
}
