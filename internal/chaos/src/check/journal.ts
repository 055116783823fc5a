import { endingsOf } from "../graph/reference.ts";
import type { Seen } from "./violations.ts";

/** The journal has every task, ended as the reference says. */
export function checkJournal({ journaled, graph }: Seen): readonly string[] {
  if (journaled instanceof Error) return [`the journal cannot be read: ${journaled.message}`];
  const tasks = new Map(journaled.map((task) => [task.uid, task]));
  const problems: string[] = [];
  for (const [uid, wanted] of endingsOf(graph)) {
    const task = tasks.get(uid);
    const { state, error } = task?.result ?? {};
    const code = wanted.state === "DONE" ? undefined : wanted.code;
    if (state !== wanted.state || error?.code !== code || task?.done !== (state === "DONE")) {
      problems.push(
        `the journal has ${uid} as ${state ?? "unsettled"} ${error?.code ?? ""}, not as ${wanted.state} ${code ?? ""}`,
      );
    }
  }
  if (tasks.size !== graph.nodes.length || journaled.length !== tasks.size) {
    problems.push(`the journal has ${journaled.length} tasks, not ${graph.nodes.length}`);
  }
  return problems;
}
