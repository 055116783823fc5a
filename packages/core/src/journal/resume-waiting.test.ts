import { expect, it, onTestFinished } from "vitest";
import { obliging, openSession, program, rejectionOf, turn } from "../__fixtures__/open-session.ts";
import { silentLogger } from "../logging/create-logger.ts";
import { Session } from "../session/session.ts";
import { ComputeTask } from "../task/compute-task.ts";
import { MemoryJournal } from "../testing/memory-journal.ts";
import { RecordingBackend } from "../testing/recording-backend.ts";

const add = (a: number, b: number): number => a + b;

/** The tasks that the program builds each time it is started. */
function tasks(): readonly [ComputeTask<number>, ComputeTask<number>, ComputeTask<number>] {
  const first = new ComputeTask({ uid: "first", function: () => 1 });
  const second = new ComputeTask({ uid: "second", function: add, args: [first, 1] });
  return [first, second, new ComputeTask({ uid: "third", function: add, args: [first, second] })];
}

/** A journal in which `first` is done, `second` is under way, and `third` waits for it. */
async function interrupted(): Promise<MemoryJournal> {
  const begun = Promise.withResolvers<void>();
  const journal = new MemoryJournal({
    onCommit: ({ changes }) => {
      if (changes.some(({ sequence, state }) => sequence === 1 && state === "EXECUTING")) begun.resolve();
    },
  });
  const { session, backend } = openSession({}, { journal });
  await session.submitTasks(tasks());
  await backend.submission("first");
  backend.done("first", { returnValue: 1 });
  await backend.submission("second");
  backend.run("second");
  await begun.promise;
  await turn();
  return journal.copy({});
}

/** Goes on with a journal; tasks wait until they are submitted again. */
async function resume(journal: MemoryJournal) {
  const backend = new RecordingBackend({
    respond: ({ work }) => ({ returnValue: work.kind === "function" ? add(...(work.args as [number, number])) : 0 }),
  });
  const options = { backends: [backend], logger: silentLogger, handleInterrupt: false, unfinished: "wait" } as const;
  const session = await Session.resume(journal, options);
  onTestFinished(() => session.close().catch(() => {}));
  return { session, backend };
}

const handedOver = (backend: RecordingBackend): unknown =>
  backend.submissions.map(({ uid, attempt }) => [uid, attempt]);

it("runs what had not ended once it is submitted again, closures and all", async () => {
  const { session, backend } = await resume(await interrupted());
  expect(session.resumed).toMatchObject({ done: 1, unfinished: [] });
  expect(handedOver(backend)).toEqual([]);

  const futures = await session.submitTasks(tasks());

  expect((await Promise.all(futures)).map(({ returnValue }) => returnValue)).toEqual([1, 2, 3]);
  expect(handedOver(backend)).toEqual([
    ["second", 2],
    ["third", 1],
  ]);
});

it("writes no task down twice, and its result where the next process finds it", async () => {
  const journal = await interrupted();
  const { session } = await resume(journal);
  await Promise.all(await session.submitTasks(tasks()));
  await session.close();

  const next = await resume(journal.copy({}));

  expect(journal.tasks.map(({ uid }) => uid)).toEqual(["first", "second", "third"]);
  expect(next.session.resumed?.done).toBe(3);
});

it("leaves what is not submitted again to the next process", async () => {
  const journal = await interrupted();
  const { session } = await resume(journal);
  await session.submitTasks([program("new")]);
  await session.close();

  const { session: next, backend } = await resume(journal.copy({}));
  await Promise.all(await next.submitTasks(tasks()));

  expect(handedOver(backend)).toEqual([
    ["second", 2],
    ["third", 1],
  ]);
});

it("refuses one that is submitted in another form, or twice", async () => {
  const { session } = await resume(await interrupted());
  const other = new ComputeTask({ uid: "second", function: add, args: [1, 1] });

  expect(await rejectionOf(session.submitTasks([other]))).toMatchObject({
    problems: [{ code: "TASK_UID_DUPLICATE", uid: "second" }],
  });
  const [first, second] = tasks();
  const twin = new ComputeTask({ uid: "second", function: add, args: [first, 1] });
  expect(await rejectionOf(session.submitTasks([first, second, twin]))).toMatchObject({
    problems: [{ code: "TASK_UID_DUPLICATE", uid: "second" }],
  });

  expect((await session.submitTasks(tasks()))[2]).toMatchObject({ uid: "third" });
});

it("refuses to depend by uid on one that was not submitted again yet", async () => {
  const { session } = await resume(await interrupted());

  expect(await rejectionOf(session.submitTasks([program("new", { dependencies: ["second"] })]))).toMatchObject({
    problems: [{ code: "TASK_DEPENDENCY_UNKNOWN" }],
  });
});

it("is refused with another word", async () => {
  const options = { backends: [obliging()], unfinished: "later" as "wait" };

  expect(await rejectionOf(Session.resume(await interrupted(), options))).toMatchObject({ code: "INVALID_OPTIONS" });
});
