import type { TaskState } from "@rhapsody/core";
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

/** Those that the journal has and that did not end in this life; of a task that was done before, a life sees nothing. */
function unfinishedOf({ messages }: Life): readonly string[] {
  const unfinished = new Set<string>();
  const states = new Map<string, TaskState>();
  for (const message of messages) if (message.type === "state") states.set(message.uid, message.state);
  for (const message of messages) {
    if (message.type === "opened") for (const uid of message.resumed?.unfinished ?? []) unfinished.add(uid);
    if (message.type === "accepted") for (const uid of message.uids) if (states.has(uid)) unfinished.add(uid);
  }
  return [...unfinished].filter((uid) => !["DONE", "FAILED"].includes(states.get(uid) ?? ""));
}
