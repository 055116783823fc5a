import type { Life } from "../run/life.ts";
import type { Seen } from "./violations.ts";

/** Exit code of a process that has left work for later. */
const RESUMABLE = 75;

/** A host that was asked to leave says by its exit code that there is work left. */
export function checkCheckpoints({ lives }: Seen): readonly string[] {
  return lives.flatMap((life, index) => {
    const deeds = new Set(life.done.map(({ deed }) => deed));
    const unfinished = deeds.has("terminate") && !deeds.has("host") ? unfinishedOf(life) : [];
    if (unfinished.length === 0 || life.end === RESUMABLE) return [];
    return [
      `life ${index + 1} was asked to leave and ended with ${life.end}, not ${RESUMABLE}, though ${unfinished.join(", ")} were left`,
    ];
  });
}

function unfinishedOf({ messages }: Life): readonly string[] {
  const unfinished = new Set<string>();
  for (const message of messages) {
    if (message.type === "opened") for (const uid of message.resumed?.unfinished ?? []) unfinished.add(uid);
    if (message.type === "accepted") for (const uid of message.uids) unfinished.add(uid);
  }
  for (const message of messages) {
    if (message.type === "state" && (message.state === "DONE" || message.state === "FAILED"))
      unfinished.delete(message.uid);
  }
  return [...unfinished];
}
