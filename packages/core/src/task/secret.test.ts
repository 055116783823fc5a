import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { obliging, openSession, problemsOf, program, submitAnything } from "../__fixtures__/open-session.ts";
import { secret } from "./secret.ts";

describe("a secret", () => {
  it.each<[string, (value: unknown) => string]>([
    ["text", String],
    ["a template", (value) => `${String(value)}`],
    ["a sum of texts", (value) => `a${value as string}`],
    ["JSON", (value) => JSON.stringify({ value, list: [value] })],
    ["an inspection", (value) => inspect({ value, list: [value] }, { showHidden: true, depth: 9 })],
    ["its keys", (value) => JSON.stringify([Reflect.ownKeys(value as object), { ...(value as object) }])],
  ])("does not show in %s", (_, show) => {
    expect(show(secret("hunter2"))).not.toContain("hunter2");
  });

  it("shows as [secret]", () => {
    expect(String(secret("hunter2"))).toBe("[secret]");
    expect(inspect([secret("hunter2")])).toBe("[ [secret] ]");
    expect(JSON.stringify([secret("hunter2")])).toBe('["[secret]"]');
  });

  it.each([undefined, null, "", 7, "a\0b"])("cannot be %j", (value) => {
    expect(() => secret(value as string)).toThrow(TypeError);
  });
});

describe("a secret in the environment", () => {
  it("reaches the backend, and nothing that the session tells", async () => {
    const { session, backend } = openSession(obliging());
    const events = session.events();

    const [future] = await session.submitTasks([
      program("a", { environment: { TOKEN: secret("hunter2"), PLAIN: "x" } }),
    ]);
    const result = await future;
    await session.close();

    expect(backend.submissions[0]?.environment).toEqual({ TOKEN: "hunter2", PLAIN: "x" });
    const told: unknown[] = [result, future];
    for await (const event of events) told.push(event);
    expect(inspect(told, { depth: 9, showHidden: true })).not.toContain("hunter2");
  });

  it("may come from the session's defaults, and be overruled", async () => {
    const { session, backend } = openSession(obliging(), {
      defaults: { environment: { TOKEN: secret("hunter2"), KEY: secret("old") } },
    });

    const [future] = await session.submitTasks([program("a", { environment: { KEY: secret("new") } })]);
    await future;

    expect(backend.submissions[0]?.environment).toEqual({ TOKEN: "hunter2", KEY: "new" });
  });

  it.each(["stdin", "executable", "workingDirectory"])("cannot be %s as well", async (field) => {
    const [problem] = await problemsOf([{ uid: "a", executable: "work", [field]: secret("hunter2") }]);

    expect(problem).toMatchObject({ code: "TASK_FIELD_INVALID" });
    expect(problem?.message).not.toContain("hunter2");
  });
});

it.each([
  [{ TOKEN: "hunter2\0" }, "environment.TOKEN: must be text without NUL characters, or come from secret()"],
  [{ TOKEN: ["hunter2"] }, "environment.TOKEN: must be text without NUL characters, or come from secret()"],
  [{ "TOKEN=hunter2": "" }, "environment.TOKEN: a variable's name must not be empty or contain `=` or a NUL character"],
  [{ "": "hunter2" }, "environment.: a variable's name must not be empty or contain `=` or a NUL character"],
])("what is wrong with an environment is said without its values", async (environment, message) => {
  expect(await problemsOf([{ uid: "a", executable: "work", environment }])).toMatchObject([{ message }]);
  expect(() => openSession({}, { defaults: { environment: environment as never } })).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("hunter2") as string }),
  );
  await expect(submitAnything(openSession().session, [{ uid: "a", executable: "work", environment }])).rejects.toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("hunter2") as string }),
  );
});
