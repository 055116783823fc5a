import type { ProcessEntry } from "../helper/process-table.ts";

/** The processes of one task: those of its group, those that carry its mark, and all below them. */
export function taskMembers(
  table: readonly ProcessEntry[],
  task: { readonly id: number; readonly pid: number | undefined },
): readonly ProcessEntry[] {
  const below = Map.groupBy(table, ({ parent }) => parent);
  const members = new Set(
    table.filter(({ pid, group, requestId }) => requestId === task.id || pid === task.pid || group === task.pid),
  );
  // A set hands out what is added to it while it is walked.
  for (const { pid } of members) for (const child of below.get(pid) ?? []) members.add(child);
  return [...members];
}
