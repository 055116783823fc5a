import type { RoundProcess } from "../kill/processes.ts";
import type { Seen } from "./violations.ts";

/** Nothing outlives its host, and a host ends only as it was made to. */
export function checkProcesses({ lives }: Seen): readonly string[] {
  return lives.flatMap(({ ended, end, hung, aftermath, unclosed, messages, log }, index) => {
    const life = `life ${index + 1}`;
    const problems: string[] = [];
    if (hung) problems.push(`${life} did not end, see ${log}`);
    if (!ended && end !== 0) problems.push(`${life} ended with ${end} by itself, see ${log}`);
    if (aftermath.late.length > 0) {
      problems.push(`processes outlived ${life} by ${Math.round(aftermath.ms)} ms: ${namesOf(aftermath.late)}`);
    }
    if (unclosed.length > 0) problems.push(`${life} had closed its session, and left ${namesOf(unclosed)}`);
    for (const message of messages) if (message.type === "broken" && !ended) problems.push(`${life}: ${message.error}`);
    return problems;
  });
}

function namesOf(processes: readonly RoundProcess[]): string {
  return processes.map(({ pid, command }) => `${pid} ${command}`).join("; ");
}
