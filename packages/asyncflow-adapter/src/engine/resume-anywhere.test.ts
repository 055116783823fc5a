import { Session, silentLogger, type TaskSpec } from "@rhapsody/core";
import { MemoryJournal, RecordingBackend, type RecordedAnswer } from "@rhapsody/core/testing";
import { expect, it } from "vitest";
import { WorkflowEngine } from "./workflow-engine.ts";

/** What the tasks of the workflow below come to. */
function answer({ uid, work }: TaskSpec): RecordedAnswer {
  if (work.kind === "executable") return { stdout: work.arguments.join("+"), exitCode: 0 };
  if (work.kind === "prompt") return { response: '{"score": 7}' };
  const [n] = work.kind === "function" ? work.args : [];
  if (n === "bad") return { failure: { code: "TASK_FUNCTION_THREW", message: `${uid} threw` } };
  return { returnValue: Number(n) + 1 };
}

/** The program, with something of everything that an engine can do. */
async function workflow(flow: WorkflowEngine): Promise<unknown> {
  const next = flow.functionTask((n: number | string) => Number(n) + 1);
  const bounded = next.with({ concurrency: 2 });
  const print = flow.executableTask((n: number) => `print ${n}`, { result: "full" });
  const write = flow.executableTask((n: number) => `write ${n}`, { outputs: ["out.txt"] });
  const judge = flow.promptTask((text: string) => `Judge ${text}`, {
    schema: {
      "~standard": { version: 1, vendor: "test", validate: (value) => ({ value: value as { score: number } }) },
    },
  });
  const part = flow.block(async (n: number) => {
    const { stdout } = await print(next(n));
    return [stdout, await judge(stdout).pick("score")] as const;
  });
  const saved = flow.functionTask((n: number | undefined) => Number(n), { when: "allDone" });
  const all = flow.block(async () => [
    await flow.gather([part(1), part(10)]),
    await next.map(flow.gather([next(1), 5]), { concurrency: 1 }),
    await next.with({ fallback: () => -1 })("bad"),
    (await saved(next("bad")).settled()).ok,
    await Promise.all([1, 2, 3, 4].map((n) => bounded(n))),
    (await write(next(0))).length,
  ]);
  return await all();
}

/** Runs the program on what is in a journal. */
async function run(journal: MemoryJournal): Promise<{ value: unknown; ran: readonly string[] }> {
  const backend = new RecordingBackend({ respond: answer });
  const options = { create: true, unfinished: "wait", logger: silentLogger, handleInterrupt: false } as const;
  await using session = await Session.resume(journal, { ...options, backends: [backend] });
  await using flow = await WorkflowEngine.create({ session, uid: "flow" });
  return { value: await workflow(flow), ran: backend.submissions.map(({ uid }) => uid) };
}

it("comes to the same wherever it was interrupted, and runs nothing again that was done", async () => {
  const copies: MemoryJournal[] = [];
  const journal: MemoryJournal = new MemoryJournal({ onCommit: () => void copies.push(journal.copy({})) });
  const { value } = await run(journal);
  expect(value).toEqual([
    [
      ["2", 7],
      ["11", 7],
    ],
    [3, 6],
    -1,
    true,
    [2, 3, 4, 5],
    1,
  ]);
  expect(copies.length).toBeGreaterThan(10);

  for (const copy of copies) {
    const done = copy.tasks.map(({ uid }) => uid).filter((uid) => copy.resultOf(uid)?.state === "DONE");
    const again = await run(copy);
    expect(again.value).toEqual(value);
    expect(again.ran.filter((uid) => done.includes(uid))).toEqual([]);
  }
});
