import { expect, it } from "vitest";
import { turn } from "../__fixtures__/open-session.ts";
import { Slots } from "./slots.ts";

it("lets so many works run at a time, and the next one when one has ended, however it did", async () => {
  const slots = new Slots(2);
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const works = gates.map(({ promise }, index) =>
    slots.run(async () => {
      begun.push(index);
      await promise;
    }),
  );
  expect(begun).toEqual([0, 1]);

  gates[1]!.reject(new Error("failed"));
  await expect(works[1]).rejects.toThrow("failed");
  await turn();
  expect(begun).toEqual([0, 1, 2]);

  for (const { resolve } of gates) resolve();
  await Promise.all([works[0], works[2], works[3]]);
  expect(begun).toEqual([0, 1, 2, 3]);
});

it("gives those who ask before a work begins the same answer, and later ones a new one", async () => {
  const slots = new Slots(1);
  const gate = Promise.withResolvers<void>();
  let works = 0;
  const ask = (): Promise<number> =>
    slots.share("a", async () => {
      works += 1;
      const answer = works;
      if (answer === 1) await gate.promise;
      return answer;
    });

  const answers = [ask(), ask(), ask()];
  gate.resolve();

  expect(await Promise.all(answers)).toEqual([1, 2, 2]);
  expect(await ask()).toBe(3);
});
