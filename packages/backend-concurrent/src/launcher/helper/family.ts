import type { ProcessEntry } from "./process-table.ts";

/** The processes that `belongs` tells, the rest of their groups, and all below them: a process may have cleared its environment. */
export function family(
  table: readonly ProcessEntry[],
  belongs: (entry: ProcessEntry) => boolean,
): readonly ProcessEntry[] {
  const groups = new Set(table.filter(belongs).map(({ group }) => group));
  // Never the caller's own, should a process be seen before it has moved to its group.
  for (const { pid, group } of table) if (pid === process.pid) groups.delete(group);
  const members = new Set(table.filter((entry) => belongs(entry) || groups.has(entry.group)));
  const below = Map.groupBy(table, ({ parent }) => parent);
  // A set hands out what is added to it while it is walked.
  for (const { pid } of members) for (const child of below.get(pid) ?? []) members.add(child);
  return [...members];
}
