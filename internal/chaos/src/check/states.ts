import { isTerminal } from "@rhapsody/core";
import type { Resumed } from "../host/message.ts";
import type { Seen } from "./violations.ts";

/** A task settles once in a life, and is done once in all; what was accepted or shown is known to every later life. */
export function checkStates({ lives }: Seen): readonly string[] {
  const problems: string[] = [];
  const done = new Map<string, number>();
  const accepted = new Set<string>();
  for (const [index, { messages }] of lives.entries()) {
    const life = index + 1;
    const settled = new Set<string>();
    for (const message of messages) {
      switch (message.type) {
        case "opened":
          problems.push(...checkResumed(life, message.resumed, { done, accepted }));
          break;
        case "accepted":
          for (const uid of message.uids) accepted.add(uid);
          break;
        case "state":
          if (settled.has(message.uid))
            problems.push(`${message.uid} was ${message.state} in life ${life} after it had settled there`);
          else if (done.has(message.uid))
            problems.push(
              `${message.uid} was ${message.state} in life ${life}, but DONE in life ${done.get(message.uid)}`,
            );
          if (isTerminal(message.state)) settled.add(message.uid);
          if (message.state === "DONE") done.set(message.uid, life);
          break;
        default:
      }
    }
  }
  return problems;
}

interface Known {
  readonly done: ReadonlyMap<string, number>;
  readonly accepted: ReadonlySet<string>;
}

function checkResumed(life: number, resumed: Resumed | undefined, { done, accepted }: Known): readonly string[] {
  if (resumed === undefined) {
    return accepted.size === 0 ? [] : [`life ${life} began anew, though ${accepted.size} tasks had been accepted`];
  }
  const problems = resumed.unfinished
    .filter((uid) => done.has(uid))
    .map((uid) => `life ${life} is to run ${uid} again, which was DONE in life ${done.get(uid)}`);
  if (resumed.done < done.size)
    problems.push(`life ${life} knows of ${resumed.done} tasks that are DONE, not ${done.size}`);
  const known = resumed.done + resumed.unfinished.length;
  if (known < accepted.size)
    problems.push(`life ${life} knows of ${known} tasks, not of all ${accepted.size} that had been accepted`);
  return problems;
}
