import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { obliging, sessionOf, submitAnything } from "../__fixtures__/open-session.ts";
import type { TaskSpec } from "../backend/task-spec.ts";
import { moduleFunction, pythonFunction } from "../task/function-reference.ts";
import { secret } from "../task/secret.ts";
import { MemoryJournal } from "../testing/memory-journal.ts";

type Description = Readonly<Record<string, unknown>>;

const answer = ({ work, uid }: TaskSpec) => {
  const value = uid.startsWith("gives-") ? uid.slice(6) : "x";
  return work.kind === "prompt" ? { response: value } : { stdout: value, returnValue: value };
};

/** The key under which a session keeps the result of the last of these tasks. */
async function keyOf(...descriptions: readonly Description[]): Promise<string> {
  const journal = new MemoryJournal();
  const session = sessionOf({ backends: [obliging({ respond: answer })], journal });
  const last = descriptions.length - 1;
  const tasks = descriptions.map((description, index) =>
    index === last ? { cache: true, uid: "task", ...description } : description,
  );
  const futures = await submitAnything(session, tasks);
  await session.waitTasks(futures);
  const { uid } = futures[last]!;
  await session.close();
  const key = journal.resultOf(uid)?.cacheKey;
  if (key === undefined) throw new Error("the journal has no result of the task");
  return key;
}

async function workplace(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "rhapsody-keys-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

const call = (n: number): number => n + 1;

const program = {
  executable: "no-such-tool",
  arguments: ["-n", 1],
  environment: { A: "1", B: "2" },
  stdin: "in",
  cache: { version: 1 },
};
const inline = { function: call, args: [{ a: 1, b: [2] }] };
const prompt = { prompt: "How?", model: "small", temperature: 0.5, parameters: { x: 1, y: 2 } };

describe("the key of a task", () => {
  it("is a hash", async () => {
    expect(await keyOf(program)).toMatch(/^[\da-f]{64}$/);
  });

  it.each<[string, Description, Description]>([
    ["the program", program, { executable: "no-such-tool-2" }],
    ["an argument", program, { arguments: ["-n", 2] }],
    ["an argument more", program, { arguments: ["-n", 1, ""] }],
    ["arguments split otherwise", program, { arguments: ["-n1"] }],
    ["standard input", program, { stdin: "in\n" }],
    ["no standard input", program, { stdin: undefined }],
    ["a variable's value", program, { environment: { A: "1", B: "3" } }],
    ["a variable's name", program, { environment: { A: "1", C: "2" } }],
    ["a variable that is secret", program, { environment: { A: "1", B: secret("2") } }],
    ["the directory", program, { workingDirectory: "/tmp" }],
    ["the version", program, { cache: { version: 2 } }],
    ["the version's type", program, { cache: { version: "1" } }],
    ["the version gone", program, { cache: true }],
    ["ranks", program, { resources: { ranks: 2 } }],
    ["nodes", program, { resources: { nodes: 2 } }],
    ["options for a backend", program, { backendOptions: { mine: { container: "x" } } }],
    ["what is kept of the output", program, { capture: "none" }],
    ["how much is kept of the output", program, { maxOutputBytes: 10 }],
    ["the function", inline, { function: (n: number): number => n + 2 }],
    ["an argument's part", inline, { args: [{ a: 1, b: [3] }] }],
    [
      "a module in place of a closure",
      inline,
      { function: moduleFunction<typeof import("node:path")>("node:path", "basename") },
    ],
    ["the prompt", prompt, { prompt: "Why?" }],
    ["several prompts", prompt, { prompt: ["How?"] }],
    ["a chat", prompt, { prompt: [{ role: "user", content: "How?" }] }],
    ["the model", prompt, { model: "large" }],
    ["no model", prompt, { model: undefined }],
    ["the temperature", prompt, { temperature: 0.6 }],
    ["a parameter", prompt, { parameters: { x: 1, y: 3 } }],
  ])("changes with %s", async (_, base, change) => {
    expect(await keyOf({ ...base, ...change })).not.toBe(await keyOf(base));
  });

  it.each<[string, Description, Description]>([
    ["uid and name", program, { uid: "other", name: "other" }],
    [
      "retry, times and priority",
      program,
      { retry: { attempts: 3 }, timeoutMs: 1e6, queueTimeoutMs: 1e6, priority: 4 },
    ],
    ["cores and memory", program, { resources: { cores: 2, gpus: 1, memoryBytes: 1, ranks: 1, nodes: 1 } }],
    ["the backend", program, { backend: "recording" }],
    ["metadata", program, { metadata: { by: "me" } }],
    ["the order of variables", program, { environment: { B: "2", A: "1" } }],
    ["arguments that are computed", program, { arguments: () => ["-n", 1] }],
    ["the order of an argument's keys", inline, { args: [{ b: [2], a: 1 }] }],
    ["the order of parameters", prompt, { parameters: { y: 2, x: 1 } }],
    ["prompts that are computed", prompt, { prompt: async () => "How?" }],
    ["streaming", prompt, { stream: true }],
  ])("does not change with %s", async (_, base, change) => {
    expect(await keyOf({ ...base, ...change })).toBe(await keyOf(base));
  });

  it("does not know what a secret is", async () => {
    const [one, other] = ["one", "other"].map((text) => keyOf({ ...program, environment: { TOKEN: secret(text) } }));

    expect(await one).toBe(await other);
  });

  it("changes with any argument of a function, and with none that is built in another order", async () => {
    const args = fc.array(fc.jsonValue(), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(args, args, async (one, other) => {
        const [first, second, again] = await Promise.all(
          [one, other, reversed(one) as unknown[]].map((list) => keyOf({ ...inline, args: list })),
        );
        expect(again).toBe(first);
        expect(second === first).toBe(JSON.stringify(sorted(other)) === JSON.stringify(sorted(one)));
      }),
      { numRuns: 40 },
    );
  });

  it("depends on the content of the program's file, wherever PATH finds it", async () => {
    const directory = await workplace();
    const tool = join(directory, "tool");
    const keys = new Set<string>();
    for (const text of ["#!/bin/sh\n", "#!/bin/bash\n"]) {
      await writeFile(tool, text);
      await chmod(tool, 0o755);
      const byName = await keyOf({ executable: "tool", environment: { PATH: directory } });
      const byPath = await keyOf({ executable: "./tool", workingDirectory: directory });
      keys.add(byName).add(byPath);
    }

    expect(keys.size).toBe(4);
  });

  it("depends on the content of a module, and on the export", async () => {
    const directory = await workplace();
    const file = join(directory, "sim.mjs");
    const url = pathToFileURL(file).href;
    const keys = new Set<string>();
    const add = async (name: string): Promise<unknown> =>
      keys.add(await keyOf({ function: { kind: "module", url, name }, args: [1] }));
    await add("simulate");
    await writeFile(file, "export const simulate = () => 1;");
    await add("simulate");
    await add("other");
    await writeFile(file, "export const simulate = () => 2;");
    await add("simulate");
    keys.add(await keyOf({ function: pythonFunction("sim:simulate"), args: [1] }));

    expect(keys.size).toBe(5);
  });

  it("depends on the content of inputs, files and directories", async () => {
    const directory = await workplace();
    await mkdir(join(directory, "parts"));
    const keys = new Set<string>();
    const add = async (): Promise<unknown> =>
      keys.add(await keyOf({ ...program, workingDirectory: directory, cache: { inputs: ["data.csv", "parts"] } }));
    await writeFile(join(directory, "data.csv"), "1");
    await add();
    await add();
    await writeFile(join(directory, "data.csv"), "2");
    await add();
    await writeFile(join(directory, "parts", "one"), "1");
    await add();

    expect(keys.size).toBe(3);
  });

  it("takes URLs of inputs for their paths", async () => {
    const file = join(await workplace(), "data.csv");
    await writeFile(file, "1");

    expect(await keyOf({ ...program, cache: { inputs: [pathToFileURL(file)] } })).toBe(
      await keyOf({ ...program, cache: { inputs: [file] } }),
    );
  });

  it("depends on what dependencies gave, in their order, and not on who they are", async () => {
    const after = (...uids: readonly string[]): Promise<string> =>
      keyOf(...uids.map((uid) => ({ uid, executable: uid })), { ...program, dependencies: uids });
    const [both, swapped, one, again] = await Promise.all([
      after("gives-a", "gives-b"),
      after("gives-b", "gives-a"),
      after("gives-a"),
      keyOf({ uid: "gives-a", function: call, args: [1] }, { ...program, dependencies: ["gives-a"] }),
    ]);

    expect(new Set([both, swapped, one, await keyOf(program)]).size).toBe(4);
    expect(again).toBe(one);
  });

  it("depends on how dependencies ended", async () => {
    const dependent = { ...program, dependencies: ["gives-"], onDependencyFailure: "run" };
    const done = await keyOf({ uid: "gives-", executable: "x" }, dependent);
    const failed = await keyOf(
      {
        uid: "gives-",
        executable: "x",
        dependencies: [],
        arguments: () => {
          throw new Error("no");
        },
      },
      dependent,
    );

    expect(failed).toMatch(/^[\da-f]{64}$/);
    expect(failed).not.toBe(done);
  });

  it("is decided by its own key and version alone, where there is one", async () => {
    const cache = { key: "mine", version: 1 };
    const [first, second, ...others] = await Promise.all([
      keyOf({ ...program, cache }),
      keyOf({ executable: "something-else", arguments: ["-x"], cache }),
      keyOf({ ...program, cache: { ...cache, version: 2 } }),
      keyOf({ ...program, cache: { ...cache, key: "other" } }),
      keyOf({ ...program, capture: "none", cache }),
      keyOf({ ...inline, cache }),
    ]);

    expect(second).toBe(first);
    expect(new Set([first, ...others]).size).toBe(5);
  });
});

function sorted(value: unknown): unknown {
  return ordered(value, (keys) => keys.toSorted());
}

function reversed(value: unknown): unknown {
  return ordered(value, (keys) => keys.toReversed());
}

/** A copy whose keys are set in another order. */
function ordered(value: unknown, order: (keys: string[]) => string[]): unknown {
  if (Array.isArray(value)) return value.map((part) => ordered(part, order));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(order(Object.keys(value)).map((key) => [key, ordered(Reflect.get(value, key), order)]));
}
