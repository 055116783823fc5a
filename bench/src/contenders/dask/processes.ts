import { readdirSync, readFileSync } from "node:fs";

/** The most memory that a process ever had resident; needs Linux. */
export function peakBytes(pid: number): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no memory`);
  return Number(kilobytes) * 1024;
}

/** The process of this one's engine: the largest of those that it started. */
export function sidecarProcess(): number {
  const [largest] = descendants(process.pid).toSorted((a, b) => peakBytes(b) - peakBytes(a));
  if (largest === undefined) throw new Error("no process was started");
  return largest;
}

function descendants(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number),
  );
  return children.flatMap((child) => [child, ...descendants(child)]);
}
