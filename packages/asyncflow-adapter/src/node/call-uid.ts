/** Ends the uids of tasks that the engine makes beside the one which does the work; that has the uid of the call. */
const ASIDE = /\.(?:dep\d+|any|files|gate|value|refused)$/;

/** Uid of the call that a task of the session is of. */
export function callUidOf(taskUid: string): string {
  return taskUid.replace(ASIDE, "");
}
