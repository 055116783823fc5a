import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { obliging, openSession, program, rejectionOf, submitAnything } from "../__fixtures__/open-session.ts";
import type * as Core from "../index.ts";
import * as here from "../index.ts";

/** Another installed copy of this package: the same sources under another path. */
let copy: typeof Core;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "copy-"));
  await cp(join(import.meta.dirname, ".."), join(directory, "src"), { recursive: true });
  await symlink(join(import.meta.dirname, "../../node_modules"), join(directory, "node_modules"));
  copy = (await import(/* @vite-ignore */ pathToFileURL(join(directory, "src/index.ts")).href)) as typeof Core;
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

describe("with two installed copies of the package", () => {
  it("they really are two", () => {
    expect(copy.RhapsodyError).not.toBe(here.RhapsodyError);
  });

  it("errors of one are recognised by the other", () => {
    const error = new copy.OptionsError("wrong");

    expect(error).not.toBeInstanceOf(here.RhapsodyError);
    expect(here.RhapsodyError.isInstance(error)).toBe(true);
    expect(here.RhapsodyError.isInstance(error) && error.code).toBe("INVALID_OPTIONS");
  });

  it.each([null, undefined, 7, "x", {}, new Error("x"), { code: "INVALID_OPTIONS" }])(
    "%o is still no error of ours",
    (value) => {
      expect(here.RhapsodyError.isInstance(value)).toBe(false);
    },
  );

  it("the mark of an error shows neither in JSON nor among its keys", () => {
    const error = new here.OptionsError("wrong");

    expect(Object.keys(error)).toEqual(["code"]);
    expect(JSON.stringify(error)).toBe('{"code":"INVALID_OPTIONS"}');
    expect(String(error)).toBe("OptionsError: wrong");
  });

  it("a backend's error of the other copy is passed on as it is", async () => {
    const backend = obliging();
    const error = new copy.BackendError("BACKEND_UNAVAILABLE", { backend: "recording", message: "pip install x" });
    backend.openErrors.push(error);
    const { session } = openSession(backend);

    const [future] = await session.submitTasks([program("a")]);

    expect((await rejectionOf(future)) as Error).toMatchObject({ cause: error });
  });

  it("a backend of the other copy serves a session of this one", async () => {
    const { session } = openSession();
    session.addBackend(new copy.NoopExecutionBackend());

    const [future] = await session.submitTasks([program("a", { backend: "noop" })]);

    expect((await future).state).toBe("DONE");
  });

  it("a backend cannot be in sessions of both", () => {
    const backend = new copy.NoopExecutionBackend();
    const { session } = openSession();
    session.addBackend(backend);

    expect(() => new copy.Session({ backends: [backend] })).toThrow(
      expect.objectContaining({ code: "BACKEND_IN_USE" }),
    );
  });

  it("tasks of the other copy are handles, and refused with the reason when they are submitted", async () => {
    const { session } = openSession(obliging());
    const foreign = new copy.ComputeTask({ uid: "a", executable: "work" });

    expect(here.isTaskHandle(foreign)).toBe(true);
    expect(await rejectionOf(submitAnything(session, [foreign]))).toMatchObject({
      code: "TASK_VALIDATION",
      message: expect.stringContaining("another installed copy") as string,
    });
  });

  it("a secret of the other copy reaches the task", async () => {
    const { session, backend } = openSession(obliging());

    const [future] = await session.submitTasks([program("a", { environment: { TOKEN: copy.secret("hunter2") } })]);
    await future;

    expect(backend.submissions[0]?.environment).toEqual({ TOKEN: "hunter2" });
  });

  it("a function of a task sees its context through either copy", () => {
    const context = {
      uid: "a",
      name: "a",
      attempt: 1,
      backend: "local",
      sessionUid: "s",
      signal: new AbortController().signal,
    };

    expect(copy.runInTaskContext(context, () => here.taskContext().uid)).toBe("a");
  });
});
