import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TaskPlan } from "../graph/task-plan.ts";
import { ComputeTask } from "../task/compute-task.ts";
import { moduleFunction, pythonFunction, type Callable } from "../task/function-reference.ts";
import { secret, textOf, type Secret } from "../task/secret.ts";
import type { TaskHandle } from "../task/task-handle.ts";
import { isFlaws, type Flaw } from "../validate/flaw.ts";
import { parseTask } from "../validate/parse-task.ts";
import { NO_DEFAULTS, type TaskDefaults } from "../validate/task-defaults.ts";
import { decodePlan, type DecodeContext } from "./decode-plan.ts";
import { encodePlan } from "./encode-plan.ts";
import { sameEncoded } from "./encode-value.ts";
import type { Encoded } from "./journal.ts";

const first = new ComputeTask({ uid: "first", executable: "work" });
const known = new Map<string, TaskHandle>([["first", first]]);

const text = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0"));
const word = fc.stringMatching(/^[A-Za-z_]{1,8}$/);
const positive = fc.double({ min: 1, max: 1e6, noNaN: true });
const call: Callable = () => "Hi";
const SMALL = { withDate: true, maxDepth: 2, maxKeys: 2 };
const values = fc.oneof(fc.anything({ ...SMALL, withBigInt: true, withMap: true }), fc.constant(first));
const data = fc.dictionary(word, fc.anything(SMALL));

const common = {
  name: text,
  backend: word,
  dependencies: fc.array(fc.oneof(word, fc.constant(first))),
  onDependencyFailure: fc.constantFrom("fail", "run"),
  environment: fc.dictionary(word, fc.oneof(text, fc.constant("hunter2").map(secret))),
  workingDirectory: word,
  resources: fc.record({ cores: positive, ranks: fc.integer({ min: 1 }) }, { requiredKeys: [] }),
  retry: fc.record(
    { attempts: fc.integer({ min: 1 }), factor: positive, retryIf: fc.constant(call) },
    { requiredKeys: ["attempts"] },
  ),
  timeoutMs: positive,
  queueTimeoutMs: positive,
  priority: fc.integer(),
  backendOptions: data,
  metadata: data,
};
const captured = { capture: fc.constantFrom("memory", "file", "none"), maxOutputBytes: fc.nat() };

/** What a description is parsed to, which must be well. */
function planOf(description: object, defaults: TaskDefaults = NO_DEFAULTS): TaskPlan {
  const plan = parseTask({ uid: "a", ...description }, defaults);
  if (isFlaws(plan)) throw new Error(plan.map(({ message }) => message).join());
  return plan;
}

function encoded(description: object, defaults?: TaskDefaults): Encoded {
  const stored = encodePlan(planOf(description, defaults));
  if (isFlaws(stored)) throw new Error(stored.map(({ message }) => message).join());
  return stored;
}

function decoded(description: Encoded, context: Partial<DecodeContext> = {}): TaskPlan | readonly Flaw[] {
  const nothing = { handleOf: (uid: string) => known.get(uid), functions: {}, secrets: {} };
  return decodePlan({ uid: "a", description }, { ...nothing, ...context });
}

/** What a plan says, without the fields of the description that it was made of; dependencies by uid. */
function essence(plan: TaskPlan | readonly Flaw[]): unknown {
  if (isFlaws(plan)) return plan;
  const fields = ["uid", "work", ...Object.keys(common)].map((field) => [field, Reflect.get(plan, field) as unknown]);
  const dependencies = plan.dependencies?.map((dependency) =>
    typeof dependency === "string" ? dependency : dependency.uid,
  );
  return { ...Object.fromEntries(fields), dependencies };
}

describe("a description", () => {
  it.each<[string, object, string]>([
    ["a program", { executable: "work" }, '{"executable":"work","capture":"memory","maxOutputBytes":1048576}'],
    [
      "what a program is given",
      { stdin: first, arguments: ["a", 1, true, first], executable: "work", dependencies: ["b", first] },
      '{"dependencies":["b","first"],"executable":"work","arguments":["a",1,true,{"@rhapsody/task":"first"}],"stdin":{"@rhapsody/task":"first"},"capture":"memory","maxOutputBytes":1048576}',
    ],
    [
      "a module's function",
      { function: moduleFunction<typeof import("node:path")>("node:path", "join"), args: [[{ of: first }]] },
      '{"function":{"kind":"module","url":"node:path","name":"join"},"args":[[{"of":{"@rhapsody/task":"first"}}]],"capture":"memory","maxOutputBytes":1048576}',
    ],
    [
      "a Python function",
      { function: pythonFunction("numpy.linalg:norm"), capture: "none", maxOutputBytes: 0 },
      '{"function":{"kind":"python","module":"numpy.linalg","name":"norm"},"capture":"none","maxOutputBytes":0}',
    ],
    [
      "a prompt",
      { prompt: [{ role: "user", content: "Hi" }], topK: 2, model: "small", stream: true, parameters: { a: 1 } },
      '{"prompt":[{"role":"user","content":"Hi"}],"model":"small","stream":true,"parameters":{"a":1},"topK":2}',
    ],
    [
      "fields of all kinds, in their order",
      {
        executable: "work",
        metadata: { b: 1, a: { d: 2, c: 3 } },
        backendOptions: { engine: { queue: "short" } },
        priority: 1,
        queueTimeoutMs: 2,
        timeoutMs: 3,
        retry: { jitter: 0.5, attempts: 2 },
        resources: { ranks: 2, cores: 1 },
        workingDirectory: "/data",
        environment: { B: "2", A: "1" },
        onDependencyFailure: "run",
        dependencies: ["b"],
        backend: "local",
        name: "fit",
      },
      '{"name":"fit","backend":"local","dependencies":["b"],"onDependencyFailure":"run","environment":{"A":"1","B":"2"},"workingDirectory":"/data","resources":{"cores":1,"ranks":2},"retry":{"attempts":2,"jitter":0.5},"timeoutMs":3,"queueTimeoutMs":2,"priority":1,"backendOptions":{"engine":{"queue":"short"}},"metadata":{"a":{"d":2,"c":3},"b":1},"executable":"work","capture":"memory","maxOutputBytes":1048576}',
    ],
  ])("is kept as text without its uid: %s", (_, description, text) => {
    expect(encoded(description)).toBe(text);
    expect(essence(decoded(text))).toEqual(essence(planOf(description)));
  });

  it("is kept as bytes when JSON would change something in it", () => {
    const description = {
      executable: "work",
      arguments: [10n, first],
      stdin: new Uint8Array([1, 2]),
      metadata: { at: new Date(7) },
    };

    expect(encoded(description)).toBeInstanceOf(Uint8Array);
    expect(essence(decoded(encoded(description)))).toEqual(essence(planOf(description)));
  });

  it("has its session's defaults", () => {
    const defaults: TaskDefaults = { timeoutMs: 5, environment: { A: "1" }, capture: "none" };

    expect(essence(decoded(encoded({ executable: "work" }, defaults)))).toEqual(
      essence(planOf({ executable: "work" }, defaults)),
    );
  });

  it("with tasks in arguments that hold themselves comes back", () => {
    const loop: { self?: unknown; task: TaskHandle } = { task: first };
    loop.self = loop;

    expect(decoded(encoded({ function: pythonFunction("a:b"), args: [loop] }))).toMatchObject({
      work: { args: [{ task: first, self: { task: first } }] },
    });
  });
});

describe("functions of the user's", () => {
  const train = (): number => 1;
  const byField = (): number => 2;
  const byTask = (): number => 3;
  const description = encoded({ name: "fit", function: train });

  it("are kept by field and by their own name", () => {
    expect(description).toContain('"function":{"@rhapsody/function":{"field":"function","name":"train"}}');
  });

  it.each([
    ["function", { function: () => 1 }],
    ["executable", { executable: () => ({ executable: "work" }) }],
    ["arguments", { executable: "work", arguments: () => [] }],
    ["prompt", { prompt: () => "Hi" }],
    ["retryIf", { executable: "work", retry: { attempts: 2, retryIf: () => true } }],
  ])("written right into the field %s have no name", (field, fields) => {
    expect(encoded(fields)).toContain(`{"@rhapsody/function":{"field":"${field}"}}`);
  });

  it.each<[Callable, Record<string, Callable>]>([
    [byField, { train, fit: byTask, "fit.function": byField }],
    [byTask, { train, fit: byTask }],
    [train, { train }],
  ])("are looked up by task and field, then by task, then by name: %o", (call, functions) => {
    expect(decoded(description, { functions })).toMatchObject({ work: { function: { kind: "inline", call } } });
  });

  it("of a task without a name are looked up by its uid", () => {
    const anonymous = encoded({ prompt: () => "Hi" });

    expect(decoded(anonymous, { functions: { a: byTask } })).toMatchObject({ work: { prompt: byTask } });
  });

  it("that decide on a retry are not looked up by the task alone", () => {
    const choosy = encoded({ executable: "work", retry: { attempts: 2, retryIf: () => true } });

    expect(decoded(choosy, { functions: { a: byTask } })).toMatchObject([{ code: "TASK_FUNCTION_UNBOUND" }]);
    expect(decoded(choosy, { functions: { "a.retryIf": byField } })).toMatchObject({ retry: { retryIf: byField } });
  });

  it("that are missing are told with the keys that would do", () => {
    expect(decoded(description)).toEqual([
      {
        code: "TASK_FUNCTION_UNBOUND",
        message:
          'function of task fit is a function, which a journal cannot keep: resume with functions: { "train": … }; keys that would do: "fit.function", "fit", "train"; or with unfinished: "wait", and submit the task anew',
      },
    ]);
  });

  it("that are missing are told once under the name that their task has too", () => {
    const namesake = encoded({ name: "fit", function: Object.defineProperty(() => 1, "name", { value: "fit" }) });

    expect(decoded(namesake)).toMatchObject([
      { message: expect.stringContaining('keys that would do: "fit.function", "fit"; or') as string },
    ]);
  });

  it("are not found among what every object inherits", () => {
    const odd = encoded({ function: Object.defineProperty(() => 1, "name", { value: "toString" }) });

    expect(decoded(odd)).toMatchObject([{ code: "TASK_FUNCTION_UNBOUND" }]);
  });
});

describe("secrets", () => {
  const description = encoded({ executable: "work", environment: { TOKEN: secret("hunter2"), A: "1" } });

  it("are not kept", () => {
    expect(description).toContain('"environment":{"A":"1","TOKEN":{"@rhapsody/secret":true}}');
  });

  it("are taken from those given, and are secret again", () => {
    const plan = decoded(description, { secrets: { TOKEN: "hunter3" } }) as TaskPlan;

    expect(plan.environment?.["A"]).toBe("1");
    expect(String(plan.environment?.["TOKEN"])).toBe("[secret]");
    expect(textOf(plan.environment?.["TOKEN"] as Secret)).toBe("hunter3");
  });

  it.each([{}, { TOKEN: "" }])("that are missing are told by name: %j", (secrets) => {
    expect(decoded(description, { secrets })).toEqual([
      {
        code: "TASK_SECRET_MISSING",
        message:
          'the environment variable TOKEN of task a is secret and not in the journal: resume with secrets: { "TOKEN": … }, or set the variable; or with unfinished: "wait", and submit the task anew',
      },
    ]);
  });
});

describe("what cannot be kept is refused by its field", () => {
  const call = (): number => 1;

  it.each<[object, readonly string[]]>([
    [{ function: call, args: [{ onDone: call }] }, ["args[0].onDone is a function"]],
    [
      { function: call, args: [{ "@rhapsody/task": "b" }] },
      ["args[0] has the key @rhapsody/task, which stands for a task"],
    ],
    [{ function: call, args: [new Map([["a", first]])] }, ["args[0].a is a task"]],
    [{ executable: "work", metadata: { task: first } }, ["metadata.task is a task"]],
    [
      { executable: "work", backendOptions: { a: secret("hunter2") } },
      ["backendOptions.a is a secret, which only `environment` takes"],
    ],
    [
      { prompt: "Hi", parameters: { a: [call] }, metadata: { b: call } },
      ["metadata.b is a function", "parameters.a[0] is a function"],
    ],
  ])("%o", (description, problems) => {
    const flaws = encodePlan(planOf(description)) as readonly Flaw[];

    expect(flaws.map(({ code }) => code)).toEqual(problems.map(() => "TASK_NOT_JOURNALABLE"));
    expect(flaws.map(({ message }) => message.split(": a session with a journal")[0])).toEqual(problems);
  });
});

describe("what the journal has is refused", () => {
  it.each<[string, Encoded]>([
    ["when it is cut off", '{"executable":"wo'],
    ["when its bytes are not whole", (encoded({ executable: "work", arguments: [1n] }) as Uint8Array).subarray(0, 30)],
    ["when it is no description", "[]"],
    ["when it has a field of a newer version", '{"executable":"work","colour":"red"}'],
    ["when it has a kind of work of a newer version", '{"query":"work"}'],
    ["when a field has another type", '{"executable":7}'],
    ["when a function has another form", '{"function":{"@rhapsody/function":null}}'],
  ])("%s", (_, description) => {
    expect(decoded(description)).not.toHaveLength(0);
    expect((decoded(description) as readonly Flaw[]).every(({ code }) => code === "TASK_FIELD_INVALID")).toBe(true);
  });

  it("when it names a task that is not there", () => {
    const description = encoded({ function: pythonFunction("a:b"), args: [[first]] });

    expect(decoded(description, { handleOf: () => undefined })).toEqual([
      { code: "TASK_DEPENDENCY_UNKNOWN", message: "task a depends on first, which the journal does not have" },
    ]);
  });
});

const programs = fc.record(
  {
    executable: fc.oneof(word, fc.constant(call)),
    arguments: fc.oneof(
      fc.array(fc.oneof(text, fc.integer(), fc.bigInt(), fc.boolean(), fc.constant(first))),
      fc.constant(call),
    ),
    stdin: fc.oneof(fc.string(), fc.uint8Array(), fc.constant(first)),
    ...common,
    ...captured,
  },
  { requiredKeys: ["executable"] },
);
const functions = fc.record(
  {
    function: fc.constantFrom(
      call,
      moduleFunction<typeof import("node:path")>("node:path", "join"),
      pythonFunction("a:b"),
    ),
    args: fc.array(fc.oneof(values, fc.array(values), fc.dictionary(word, values))),
    ...common,
    ...captured,
  },
  { requiredKeys: ["function"] },
);
const prompts = fc.record(
  {
    prompt: fc.oneof(
      word,
      fc.array(word, { minLength: 1 }),
      fc.array(fc.record({ role: fc.constantFrom("user", "system"), content: fc.oneof(text, fc.array(data)) }), {
        minLength: 1,
      }),
      fc.constant(call),
    ),
    model: word,
    stream: fc.boolean(),
    temperature: positive,
    stop: fc.array(text),
    parameters: data,
    ...common,
  },
  { requiredKeys: ["prompt"] },
);

it.each<[string, fc.Arbitrary<object>]>([
  ["program", programs],
  ["function", functions],
  ["prompt", prompts],
])("any %s comes back as it was, and the same from its fields in another order", (_, kind) => {
  fc.assert(
    fc.property(kind, (description) => {
      const plan = planOf(description);
      const stored = encodePlan(plan) as Encoded;
      const backwards = Object.fromEntries(Object.entries(description).toReversed());

      expect(sameEncoded(encoded(backwards), stored)).toBe(true);
      const again = decoded(stored, {
        functions: { call },
        secrets: new Proxy(
          {},
          { get: () => "hunter2", getOwnPropertyDescriptor: () => ({ value: "hunter2", configurable: true }) },
        ),
      });
      expect(essence(again)).toEqual(essence(plan));
    }),
  );
});
