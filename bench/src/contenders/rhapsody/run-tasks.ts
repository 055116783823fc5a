import type { ComputeTask, Session } from "@rhapsody/core";

/** Builds a batch, submits it and waits for it; throws unless every task is `DONE`. */
export async function runTasks(session: Session, count: number, build: (index: number) => ComputeTask): Promise<void> {
  const tasks = Array.from({ length: count }, (_, index) => build(index));
  await session.submitTasks(tasks);
  const results = await session.waitTasks(tasks);
  const broken = results.find(({ state }) => state !== "DONE");
  if (broken !== undefined) throw new Error(`${broken.uid} is ${broken.state}`, { cause: broken.error });
}
