import type { Seen } from "./violations.ts";

/** What the processes of a dead host may take to be gone, in milliseconds. */
const PROMISED_MS = 2_000;

/** Nothing outlives its host, and a host ends only as it was made to. */
export function checkProcesses({ lives }: Seen): readonly string[] {
  return lives.flatMap(({ ended, end, hung, orphans, orphansMs, messages, log }, index) => {
    const life = `life ${index + 1}`;
    const problems: string[] = [];
    if (hung) problems.push(`${life} did not end, see ${log}`);
    if (!ended && end !== 0) problems.push(`${life} ended with ${end} by itself, see ${log}`);
    if (orphansMs > PROMISED_MS) {
      const names = orphans.map(({ pid, command }) => `${pid} ${command}`).join("; ");
      problems.push(
        `processes of ${life} were there ${Math.round(orphansMs)} ms after its end: ${names || "all gone by then"}`,
      );
    }
    for (const message of messages) if (message.type === "broken" && !ended) problems.push(`${life}: ${message.error}`);
    return problems;
  });
}
