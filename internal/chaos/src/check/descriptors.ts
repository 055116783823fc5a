import type { Descriptors } from "../host/message.ts";
import type { Seen } from "./violations.ts";

/** A closed session has given back all that it opened. */
export function checkDescriptors({ lives }: Seen): readonly string[] {
  return lives.flatMap(({ messages }, index) => {
    let before: Descriptors = {};
    return messages.flatMap((message) => {
      if (message.type === "opening") before = message.descriptors;
      if (message.type !== "closed") return [];
      return Object.entries(message.descriptors)
        .filter(([kind, count]) => count > (before[kind] ?? 0))
        .map(
          ([kind, count]) =>
            `life ${index + 1} has ${count} of ${kind} open after its session, ${before[kind] ?? 0} before`,
        );
    });
  });
}
