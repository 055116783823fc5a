import { numbersInProc, readProcFile } from "../helper/proc-files.ts";

/** A process and everything below it at this instant, parents first. Needs `CONFIG_PROC_CHILDREN`, as all distributions have. */
export function processTree(root: number): readonly number[] {
  const tree = [root];
  for (const pid of tree) {
    // A thread's file lists the children that this thread started.
    for (const thread of numbersInProc(`/proc/${pid}/task`)) {
      tree.push(...parsePids(readProcFile(`/proc/${pid}/task/${thread}/children`) ?? ""));
    }
  }
  return tree;
}

/** Process ids separated by spaces, as `/proc/<pid>/task/<tid>/children` lists them. */
export function parsePids(text: string): readonly number[] {
  return text
    .split(" ")
    .filter((word) => word !== "")
    .map(Number);
}
