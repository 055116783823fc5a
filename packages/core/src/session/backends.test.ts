import { describe, expect, it } from "vitest";
import { obliging, openSession, program, rejectionOf, sessionOf } from "../__fixtures__/open-session.ts";
import { ScriptedBackend } from "../__fixtures__/scripted-backend.ts";
import type { Backend } from "../backend/backend.ts";
import { Session } from "./session.ts";

const inUse = { name: "BackendError", code: "BACKEND_IN_USE" };

describe("a backend object", () => {
  it("serves one session at a time", async () => {
    const { session, backend } = openSession(obliging());

    expect(() => new Session({ backends: [backend] })).toThrow(
      expect.objectContaining({ ...inUse, message: expect.stringContaining(session.uid) as string }),
    );
    const [future] = await session.submitTasks([program("a")]);

    expect((await future).state).toBe("DONE");
  });

  it("cannot be in a session twice", () => {
    const backend = obliging();

    expect(() => new Session({ backends: [backend, backend] })).toThrow(expect.objectContaining(inUse));
    expect(() => sessionOf({ backends: [backend] })).not.toThrow();
  });

  it("may serve another session once the first one is closed", async () => {
    const backend = obliging();
    const first = sessionOf({ backends: [backend] });
    await Promise.all(await first.submitTasks([program("a")]));
    await first.close();

    const second = sessionOf({ backends: [backend] });
    const [future] = await second.submitTasks([program("a")]);

    expect((await future).state).toBe("DONE");
    expect(backend.openings).toBe(2);
  });

  it("that another one keeps from joining a session is free", () => {
    const { backend: taken } = openSession();
    const free = obliging({ name: "free" });

    expect(() => new Session({ backends: [free, taken] })).toThrow(expect.objectContaining(inUse));

    expect(() => sessionOf({ backends: [free] })).not.toThrow();
  });
});

describe("names of backends", () => {
  it("are unique in a session", () => {
    const twins = [obliging({ name: "twin" }), obliging({ name: "twin" })];

    expect(() => new Session({ backends: twins })).toThrow(
      expect.objectContaining({ ...inUse, message: expect.stringContaining("twin") as string }),
    );
    for (const twin of twins) expect(() => sessionOf({ backends: [twin] })).not.toThrow();
  });

  it("are unique also when one is added later", () => {
    const { session } = openSession({ name: "twin" });

    expect(() => session.addBackend(obliging({ name: "twin" }))).toThrow(expect.objectContaining(inUse));
    expect(session.backends).toEqual(["twin"]);
  });

  it("are told in order of preference", () => {
    const session = sessionOf({ backends: [obliging({ name: "b" }), obliging({ name: "a" })] });
    session.addBackend(obliging({ name: "c" }));

    expect(session.backends).toEqual(["b", "a", "c"]);
  });
});

describe("what is no backend", () => {
  it.each([null, undefined, 7, "concurrent", {}, { open: "yes" }, ["concurrent"]])("is refused: %j", (value) => {
    expect(() => new Session({ backends: [value as never] })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }),
    );
  });

  it("is refused when it follows another contract", () => {
    const backend = new ScriptedBackend();
    const future = Object.assign(Object.create(backend) as Backend, { contract: "backend/2" });

    expect(() => new Session({ backends: [future] })).toThrow(
      expect.objectContaining({ code: "BACKEND_CONTRACT", message: expect.stringContaining("backend/2") as string }),
    );
  });

  it.each(["", undefined, 7])("is refused when its name is %j", (name) => {
    const nameless = Object.assign(Object.create(new ScriptedBackend()) as Backend, { name });

    expect(() => new Session({ backends: [nameless] })).toThrow(expect.objectContaining({ code: "BACKEND_CONTRACT" }));
  });

  it("is refused when it does not say what it can", () => {
    const mute = Object.assign(Object.create(new ScriptedBackend()) as Backend, { capabilities: undefined });

    expect(() => new Session({ backends: [mute] })).toThrow(expect.objectContaining({ code: "BACKEND_CONTRACT" }));
  });
});

it("says that there is no backend when the list is empty", async () => {
  const session = sessionOf({ backends: [] });

  expect(await rejectionOf(session.submitTasks([program("a")]))).toMatchObject({ code: "SESSION_NO_BACKEND" });
  expect(await rejectionOf(session.start())).toMatchObject({ code: "SESSION_NO_BACKEND" });
});

it("takes a backend that is added to an empty session", async () => {
  const session = sessionOf({ backends: [] });
  session.addBackend(obliging());

  const [future] = await session.submitTasks([program("a")]);

  expect((await future).state).toBe("DONE");
});
