import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { ComputeTask } from "@rhapsody/core";
import { expect, it } from "vitest";
import { z } from "zod";
import { createEngine, localEngine } from "../__fixtures__/engines.ts";
import { ModelBackend } from "../__fixtures__/model-backend.ts";
import { asCompleted } from "../handle/as-completed.ts";

it("finishes 1,000 workflows of three tasks at the same time", async () => {
  const flow = await localEngine();
  const generate = flow.functionTask(async (id: number) => id + 1_000);
  const process = flow.functionTask(async (sum: number) => [sum, 2 * sum]);
  const aggregate = flow.functionTask(async (sum: number, list: readonly number[]) => sum + list.length);

  const results = await Promise.all(
    Array.from({ length: 1_000 }, async (_, id) => {
      const first = generate(id);
      return await aggregate(first, process(first));
    }),
  );

  expect(results).toEqual(Array.from({ length: 1_000 }, (_, id) => id + 1_002));
  expect(flow.progress()).toMatchObject({ total: 3_000, done: 3_000, failed: 0 });
});

it("runs blocks in blocks, at the same time and one after another", async () => {
  const flow = await localEngine();
  const add = flow.functionTask(async (a: number, b: number) => a + b);
  const leaf = flow.block(async (n: number) => await add(n, await add(n, 1)));
  const pair = flow.block(async (n: number) => await add(leaf(n), leaf(n + 1)));
  const root = flow.block(async (n: number) => {
    const [left, right] = await Promise.all([pair(n), pair(n + 10)]);
    return await pair(left + right);
  });

  const values = await Promise.all([root(0), root(100)]);

  // pair(n) is 4n + 4, so root(n) is 4(8n + 48) + 4.
  expect(values).toEqual([196, 3_396]);
  expect(new Set(flow.graph().nodes.map(({ state }) => state))).toEqual(new Set(["DONE"]));
});

it("mixes programs, functions and prompts in one graph, each on its own backend", async () => {
  const model = new ModelBackend();
  const flow = await createEngine({ backends: [new ConcurrentExecutionBackend({ resources: { gpus: 0 } }), model] });
  const simulate = flow.executableTask((steps: number) => ({
    executable: "seq",
    arguments: ["-s", " ", steps],
  }));
  const mean = flow.functionTask((text: string) => {
    const numbers = text.trim().split(" ").map(Number);
    return numbers.reduce((sum, n) => sum + n, 0) / numbers.length;
  });
  const judge = flow.promptTask((text: string, value: number) => `Is ${value} the mean of ${text.trim()}`, {
    schema: z.object({ words: z.number() }),
  });
  const report = flow.executableTask((words: number) => `printf '%s words' ${words}`);

  const numbers = simulate(9);
  const verdict = judge(numbers, mean(numbers));

  expect(await report(verdict.pick("words"))).toBe("14 words");
  expect(model.prompts).toEqual(["Is 5 the mean of 1 2 3 4 5 6 7 8 9"]);
  expect([numbers.backend, verdict.backend]).toEqual(["concurrent", "model"]);
});

it("grows while it runs: a Monte Carlo loop decides how many more tasks it needs", async () => {
  const flow = await localEngine();
  const DRAWS = 2_000;
  /** The share of points of a square that lie in its circle, drawn from a generator of this seed (Park and Miller, 1988). */
  const sample = flow.functionTask((seed: number) => {
    let state = seed;
    const draw = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    let inside = 0;
    for (let n = 0; n < DRAWS; n += 1) if (draw() ** 2 + draw() ** 2 <= 1) inside += 1;
    return inside / DRAWS;
  });
  const estimate = flow.block(async (tolerance: number) => {
    const shares: number[] = [];
    let rounds = 0;
    for (let missing = 4; missing > 0; rounds += 1) {
      const seeds = Array.from({ length: missing }, (_, n) => 1 + 7_919 * (shares.length + n));
      for await (const drawn of asCompleted(seeds.map((seed) => sample(seed)))) {
        if (drawn.ok) shares.push(drawn.value);
      }
      const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
      const variance = (mean * (1 - mean)) / DRAWS;
      missing = Math.min(8, Math.ceil(variance / tolerance ** 2) - shares.length);
    }
    return { pi: (4 * shares.reduce((sum, share) => sum + share, 0)) / shares.length, samples: shares.length, rounds };
  });

  const { pi, samples, rounds } = await estimate(0.002);

  expect(pi).toBeCloseTo(Math.PI, 1);
  expect(rounds).toBeGreaterThan(2);
  expect(flow.progress().total).toBe(samples + 1);
});

it("shares its session with tasks that are submitted directly, either waiting for the other", async () => {
  const flow = await localEngine();
  const { session } = flow;
  const direct = new ComputeTask({ uid: "direct", executable: "echo", arguments: ["from the session"] });
  await session.submitTasks([direct]);
  const shout = flow.functionTask((text: string) => text.trim().toUpperCase());

  const loud = shout(direct);
  await loud;
  const [last] = await session.submitTasks([{ executable: "echo", arguments: ["after"], dependencies: [loud.uid] }]);

  expect(await loud).toBe("FROM THE SESSION");
  expect((await last).returnValue).toBe("after\n");
  expect(session.statistics().states).toMatchObject({ DONE: 3 });
});
