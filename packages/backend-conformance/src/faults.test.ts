import { describe, expect, it } from "vitest";
import { faults } from "./__fixtures__/faults/index.ts";
import { referenceEmbeddings, referencePrompts } from "./__fixtures__/prompts.ts";
import { ReferenceBackend } from "./__fixtures__/reference/reference-backend.ts";
import { runFault } from "./__fixtures__/run-fault.ts";
import type { ConformanceOptions } from "./index.ts";
import { toSettings } from "./suite/settings.ts";
import { isNamed } from "./suite/test-ids.ts";
import { workKinds } from "./suite/topic.ts";
import { topics } from "./topics/index.ts";

const options: ConformanceOptions = {
  smallTasks: { inline: 8, executable: 8, prompt: 8, module: 2, python: 2 },
  prompts: referencePrompts,
  embeddings: referenceEmbeddings,
};

/** Faults of programs and workers take minutes together; `pnpm test:faults` has them all. */
const all = process.env["RHAPSODY_TEST_FAULTS"] === "1";
const quick: readonly string[] = ["inline", "prompt", "embedding"];
const chosen = faults.filter(({ kinds }) => all || kinds.every((kind) => quick.includes(kind)));

describe("the suite finds that a backend", () => {
  it.each(chosen)("$what", { timeout: 300_000 }, async (fault) => {
    const { fails, mayFail = [] } = fault;

    const { passed, failed } = await runFault(fault, options);

    const problems = [...failed.keys()];
    expect(problems.filter((id) => !isNamed(id, [...fails, ...mayFail]))).toEqual([]);
    expect(passed.filter((id) => isNamed(id, fails) && !isNamed(id, mayFail))).toEqual([]);
    expect(fails.filter((group) => !problems.some((id) => isNamed(id, [group])))).toEqual([]);
  });

  it("breaks any of its rules: there is a fault for every test", () => {
    const { capabilities } = new ReferenceBackend();
    const subject = { capabilities, kinds: workKinds(capabilities), settings: toSettings(options) };
    const ids = topics.flatMap((topic) => topic.tests(subject).map(({ id }) => `${topic.id}/${id}`));

    const found = faults.flatMap(({ fails, mayFail = [] }) => [...fails, ...mayFail]);
    expect(ids.filter((id) => !isNamed(id, found))).toEqual([]);
  });
});
