import type { WfWorkflow } from "./workflow.ts";

/** Longest uid that a session takes. */
const MAX_UID_LENGTH = 128;

/**
 * The uid of each task, by id: the prefix and the id, in which `_` stands for what a uid may not have. Ids that come to the same uid get a number,
 * always the same one for the same workflow.
 */
export function taskUids(workflow: WfWorkflow, prefix: string): ReadonlyMap<string, string> {
  const uids = new Map<string, string>();
  const taken = new Set<string>();
  for (const { id } of workflow.tasks) {
    const safe = safeUid(`${prefix}${id}`);
    let uid = safe.slice(0, MAX_UID_LENGTH);
    for (let count = 2; taken.has(uid); count += 1) {
      const suffix = `.${count}`;
      uid = `${safe.slice(0, MAX_UID_LENGTH - suffix.length)}${suffix}`;
    }
    taken.add(uid);
    uids.set(id, uid);
  }
  return uids;
}

function safeUid(text: string): string {
  const safe = text.replaceAll(/[^A-Za-z0-9._-]/gu, "_");
  return /^\.{1,2}$/.test(safe) ? "_" : safe;
}
