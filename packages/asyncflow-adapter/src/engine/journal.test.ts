import { MemoryJournal } from "@rhapsody/core/testing";
import { expect, it, vi } from "vitest";
import { localEngine } from "../__fixtures__/engines.ts";

it("takes results of an earlier run that kept a journal, by what calls are given", async () => {
  const journal = new MemoryJournal();
  const counted = vi.fn((n: number) => n);
  const square = async (n: number): Promise<number> => n * n;
  const pass = (n: number): number => n + 1;

  for (const run of [1, 2]) {
    const options = run === 1 ? { journal } : { journal: new MemoryJournal(), reuse: [journal] };
    const flow = await localEngine({ uid: `run${run}`, ...options });
    const slow = flow.functionTask(square, { cache: true });
    const list = flow.executableTask((n: number) => `echo ${n}`, { cache: true });
    const all = flow.block(async (n: number) => {
      counted(n);
      return [await slow(n), (await list(n)).trim(), await flow.functionTask(pass)(n)];
    });

    expect(await flow.gather([all(3), slow(4)])).toEqual([[9, "3", 4], 16]);
    const cached = await Promise.all([slow(3).result(), list(3).result()]);
    expect(cached.map((result) => result.cached)).toEqual([true, true]);
    expect(flow.session.statistics().cached).toBe(run === 1 ? 2 : 5);
    await flow.shutdown();
  }

  expect(counted).toHaveBeenCalledTimes(2);
});

it("tells functions that are cached apart by their source", async () => {
  const flow = await localEngine({ journal: new MemoryJournal(), defaults: { cache: true } });

  const one = await flow.functionTask(() => 1)();
  const two = await flow.functionTask(() => 2)();

  expect([one, two]).toEqual([1, 2]);
});

it("refuses a call alone whose arguments no journal can keep", async () => {
  const flow = await localEngine({ journal: new MemoryJournal() });
  const call = flow.functionTask((value: unknown) => typeof value);
  const [bad, good] = [call(() => 1), call({ n: 1 })];

  expect(await bad.settled()).toMatchObject({ ok: false, error: { code: "FLOW_TASK_REFUSED" } });
  expect(await good).toBe("object");
});
