import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isAlive } from "@rhapsody-internal/fixtures";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { untilFile } from "../__fixtures__/files.ts";
import { functionWork, moduleCall, openBackend, shell } from "../__fixtures__/open-backend.ts";

describe.each(["thread", "process"] as const)("functions of modules, isolation %s", (isolation) => {
  it("calls functions of a TypeScript module, synchronous or not, and gives what they return", async () => {
    const backend = await openBackend({ isolation });

    const [sync, later] = await Promise.all([
      backend.run(moduleCall("add", 20, 22)),
      backend.run(moduleCall("addLater", 1, 2)),
    ]);

    expect(sync).toMatchObject({ state: "DONE", returnValue: 42, stdout: "", stderr: "" });
    expect(later).toMatchObject({ state: "DONE", returnValue: 3 });
  });

  it("runs them outside of the main thread, and keeps workers for later calls", async () => {
    const backend = await openBackend({ isolation, maxConcurrency: 1 });

    const first = await backend.run(moduleCall("whoAmI"));
    const second = await backend.run(moduleCall("whoAmI"));

    expect(first).toMatchObject({ state: "DONE" });
    expect(second).toMatchObject({ returnValue: first.returnValue });
    const { pid, threadId } = first.returnValue as { pid: number; threadId: number };
    expect({ otherProcess: pid !== process.pid, mainThread: threadId === 0 }).toEqual({
      otherProcess: isolation === "process",
      mainThread: isolation === "process",
    });
  });

  it("tells the function its task", async () => {
    const backend = await openBackend({ isolation, name: "here" });

    const end = await backend.run(moduleCall("context"), { uid: "sim.7", name: "simulation", attempt: 3 });

    expect(end.returnValue).toEqual({
      uid: "sim.7",
      name: "simulation",
      attempt: 3,
      backend: "here",
      sessionUid: "session.test",
    });
  });

  it("sets the task's variables over the session's while the function runs, and only then", async () => {
    const backend = await openBackend({ isolation, maxConcurrency: 1 }, { OF_SESSION: "1", OF_BOTH: "session" });
    const environment = { OF_TASK: "ü", OF_BOTH: "task", PATH: "/nowhere" };

    const seen: unknown[] = [];
    for (const name of ["OF_SESSION", "OF_TASK", "OF_BOTH", "PATH"]) {
      seen.push((await backend.run(moduleCall("variable", name), { environment })).returnValue);
    }
    const after = await backend.run(moduleCall("variable", "OF_TASK"));
    const path = await backend.run(moduleCall("variable", "PATH"));

    expect(seen).toEqual(["1", "ü", "task", "/nowhere"]);
    expect(after.returnValue).toBeUndefined();
    expect(path.returnValue).toBe(process.env["PATH"]);
  });

  it("gives what a function printed, in order, and nothing of the calls before", async () => {
    const backend = await openBackend({ isolation, maxConcurrency: 1 });

    const first = await backend.run(moduleCall("print", "one"));
    await backend.run(moduleCall("printAfterTheEnd", 50));
    const second = await backend.run(moduleCall("print", "two"));

    expect(first).toMatchObject({ stdout: "log one\nbytes later one\n", stderr: "error one\n" });
    expect(second).toMatchObject({ stdout: "log two\nbytes later two\n", stderr: "error two\n" });
  });

  it("keeps the end of much output, and says that it was cut", async () => {
    const backend = await openBackend({ isolation });
    const work = { ...functionWork(target("printMuch"), [5000]), maxOutputBytes: 10 };

    const end = await backend.run(work);

    expect(end).toMatchObject({ state: "DONE", stdout: "xxxxxxxend", outputTruncated: true });
  });

  it("writes output to files on request, one pair for each attempt, or drops it", async () => {
    const backend = await openBackend({ isolation });
    const work = { ...functionWork(target("print"), ["it"]), capture: "file" as const };

    const first = await backend.run(work, { uid: "sim" });
    const second = await backend.run(work, { uid: "sim", attempt: 2 });
    const none = await backend.run({ ...work, capture: "none" });

    expect(first.stdout).toBe(join(backend.workDir, "sim.stdout"));
    expect(readFileSync(first.stdout!, "utf8")).toBe("log it\nbytes later it\n");
    expect(readFileSync(second.stderr!, "utf8")).toBe("error it\n");
    expect(second.stderr).toBe(join(backend.workDir, "sim.2.stderr"));
    expect(none).toMatchObject({ stdout: "", stderr: "" });
  });

  it("gives what was thrown with its class, code, fields and cause", async () => {
    const backend = await openBackend({ isolation });

    const end = await backend.run(moduleCall("fail"));

    expect(end).toMatchObject({
      state: "FAILED",
      failure: { code: "TASK_FUNCTION_THREW", message: "the function threw RangeError: the outer one" },
    });
    const { cause } = (end as { failure: { cause: Error & { code: string; detail: unknown } } }).failure;
    expect(cause).toBeInstanceOf(RangeError);
    expect(cause).toMatchObject({ message: "the outer one", code: "E_OUTER", detail: { at: 3 } });
    expect(cause.stack).toContain("functions.ts");
    expect(cause.cause).toBeInstanceOf(TypeError);
  });

  it("keeps the name of an error class of the user's own, and leaves out what cannot be copied", async () => {
    const backend = await openBackend({ isolation });

    const end = await backend.run(moduleCall("failWithOwnClass"));

    expect(end).toMatchObject({ failure: { cause: { name: "SimulationError", message: "it diverged" } } });
    expect(end).not.toHaveProperty("failure.cause.recover");
  });

  it("names the functions that there are when the one asked for is missing or is none", async () => {
    const backend = await openBackend({ isolation });

    const missing = await backend.run(moduleCall("missing"));
    const none = await backend.run(moduleCall("notAFunction"));

    expect(missing).toMatchObject({ failure: { code: "TASK_FUNCTION_NOT_FOUND" } });
    expect(missing).toHaveProperty("failure.message", expect.stringContaining('exports no function "missing"'));
    expect(missing).toHaveProperty("failure.message", expect.stringContaining("add, addLater"));
    expect(none).toMatchObject({ failure: { code: "TASK_FUNCTION_NOT_FOUND" } });
  });

  it("tells a module that is not there, and one that throws while it is loaded", async () => {
    const backend = await openBackend({ isolation });
    const absent = pathToFileURL(join(backend.workDir, "absent.js")).href;
    const broken = "data:text/javascript,throw new Error('broken on purpose')";

    const [gone, threw] = await Promise.all([
      backend.run(functionWork({ kind: "module", url: absent, name: "f" }, [])),
      backend.run(functionWork({ kind: "module", url: broken, name: "f" }, [])),
    ]);

    expect(gone).toMatchObject({
      failure: { code: "TASK_FUNCTION_NOT_FOUND", cause: { code: "ERR_MODULE_NOT_FOUND" } },
    });
    expect(threw).toMatchObject({
      failure: { code: "TASK_FUNCTION_NOT_FOUND", cause: { message: "broken on purpose" } },
    });
  });

  it("fails what cannot be copied to or from a worker, and goes on", async () => {
    const backend = await openBackend({ isolation, maxConcurrency: 1 });

    const ends = await Promise.all([
      backend.run(moduleCall("echo", () => 1)),
      backend.run(moduleCall("giveClosure")),
      backend.run(moduleCall("add", 1, 1)),
    ]);

    expect(ends).toMatchObject([
      { failure: { code: "TASK_NOT_SERIALIZABLE" } },
      { failure: { code: "TASK_NOT_SERIALIZABLE" } },
      { state: "DONE", returnValue: 2 },
    ]);
  });

  it.each([
    ["exits", "exit", 3],
    ["throws where nobody catches it", "crashLater", undefined],
    ...(isolation === "process" ? ([["is killed", "killSelf", undefined]] as const) : []),
  ] as const)("fails only the function whose worker %s", async (_, name, argument) => {
    const backend = await openBackend({ isolation, maxConcurrency: 1 });

    const ends = await Promise.all([
      backend.run(moduleCall("add", 1, 1)),
      backend.run(moduleCall(name, argument)),
      backend.run(moduleCall("add", 2, 2)),
      backend.run(moduleCall("add", 3, 3)),
    ]);

    expect(ends).toMatchObject([
      { returnValue: 2 },
      { state: "FAILED", failure: { code: "TASK_WORKER_DIED" } },
      { returnValue: 4 },
      { returnValue: 6 },
    ]);
  });

  it("aborts the signal of a function that listens, which then may end in order, and keeps its worker", async () => {
    const backend = await openBackend({ isolation, maxConcurrency: 1 });
    const file = join(backend.workDir, "runs");
    const before = await backend.run(moduleCall("whoAmI"));
    const spec = await backend.submit(moduleCall("waitForAbort", file));
    await untilFile(file);

    const outcomes = await backend.cancel(spec);

    expect(outcomes).toEqual(["cancelled"]);
    expect(readFileSync(`${file}.aborted`, "utf8")).toBe("AbortError: the test said so");
    expect(backend.of(spec).map(({ state }) => state)).toEqual(["RUNNING", "CANCELED"]);
    expect((await backend.run(moduleCall("whoAmI"))).returnValue).toEqual(before.returnValue);
  });

  it("ends the worker of a function that asked for its signal and takes no notice within the grace", async () => {
    const backend = await openBackend({ isolation, graceMs: 20 });
    const file = join(backend.workDir, "runs");
    const spec = await backend.submit(moduleCall("ignoreAbort", file));
    await untilFile(file);

    expect(await backend.cancel(spec)).toEqual(["cancelled"]);
    expect(await backend.run(moduleCall("add", 1, 1))).toMatchObject({ returnValue: 2 });
  });

  it("ends the worker of a function that computes, without waiting for the grace", async () => {
    const backend = await openBackend({ isolation, maxConcurrency: 1, graceMs: 600_000 });
    const file = join(backend.workDir, "runs");
    const spec = await backend.submit(moduleCall("spin", file));
    const next = await backend.submit(moduleCall("add", 1, 1));
    await untilFile(file);

    expect(await backend.cancel(spec)).toEqual(["cancelled"]);
    expect(await backend.end(next)).toMatchObject({ returnValue: 2 });
  });

  it("takes back a function that no worker has yet", async () => {
    const backend = await openBackend({ isolation, maxConcurrency: 1 });
    const file = join(backend.workDir, "runs");
    const first = await backend.submit(moduleCall("waitForAbort", file));
    const waiting = await backend.submit(moduleCall("add", 1, 1));
    await untilFile(file);

    expect(await backend.cancel(waiting)).toEqual(["cancelled"]);
    await backend.cancel(first);
    expect(backend.of(waiting).filter(({ state }) => state !== "CANCELED")).toEqual([]);
  });

  it("says what the function used of the processor", async () => {
    const backend = await openBackend({ isolation });

    const end = await backend.run(moduleCall("add", 1, 1));

    expect(end.resources).toHaveProperty("cpuTimeMs", expect.any(Number));
  });
});

describe("functions of modules in threads", () => {
  it("refuses a working directory, which threads cannot have, and names the way out", async () => {
    const backend = await openBackend();

    const end = await backend.run(moduleCall("directory"), { workingDirectory: "/tmp" });

    expect(end).toMatchObject({ failure: { code: "TASK_WORKING_DIRECTORY" } });
    expect(end).toHaveProperty("failure.message", expect.stringContaining('isolation: "process"'));
  });

  it("lets go of a thread that is inside native code, and goes on with another one", async () => {
    const backend = await openBackend({ maxConcurrency: 1, graceMs: 0 });
    const pipe = join(backend.workDir, "pipe");
    execFileSync("mkfifo", [pipe]);
    const spec = await backend.submit(moduleCall("blockInNative", pipe));
    // Opens once the function has opened it too.
    const writer = await open(pipe, "w");

    expect(await backend.cancel(spec)).toEqual(["detached"]);
    expect(await backend.run(moduleCall("add", 1, 1))).toMatchObject({ returnValue: 2 });
    // Lets the thread end, which would keep this process from ending.
    await writer.close();
  });
});

describe("functions of modules in processes", () => {
  it("runs them in the task's working directory, made on request, and leaves it afterwards", async () => {
    const backend = await openBackend({ isolation: "process", maxConcurrency: 1 });
    const wanted = join(backend.workDir, "a", "b");
    const backendOptions = { concurrent: { createWorkingDirectory: true } };

    const missing = await backend.run(moduleCall("directory"), { workingDirectory: wanted });
    const made = await backend.run(moduleCall("directory"), { workingDirectory: wanted, backendOptions });
    const after = await backend.run(moduleCall("directory"));

    expect(missing).toMatchObject({ failure: { code: "TASK_WORKING_DIRECTORY" } });
    expect(made.returnValue).toBe(wanted);
    expect(after.returnValue).toBe(process.cwd());
  });

  it("ends the programs that a function started, when it is cancelled", async () => {
    const backend = await openBackend({ isolation: "process" });
    const file = join(backend.workDir, "pid");
    const spec = await backend.submit(moduleCall("startProgram", file));
    const pid = Number(await untilFile(file));

    await backend.cancel(spec);

    expect(isAlive(pid)).toBe(false);
  });

  it("gives the last words of a process that ran out of memory", async () => {
    const backend = await openBackend({ isolation: "process", maxConcurrency: 1 }, { NODE_OPTIONS: "" });
    // The limit of V8's heap comes from the options of this process, which workers inherit.
    process.execArgv.push("--max-old-space-size=40");

    const [dead, next] = await Promise.all([
      backend.run(moduleCall("devour")),
      backend.run(moduleCall("add", 1, 1)),
    ]).finally(() => process.execArgv.pop());

    expect(dead).toMatchObject({ failure: { code: "TASK_WORKER_DIED" } });
    expect(dead.stderr).toContain("heap out of memory");
    expect(next).toMatchObject({ returnValue: 2 });
  });

  it("leaves programs their places: an idle worker takes none", async () => {
    const backend = await openBackend({ isolation: "process", maxConcurrency: 1 });
    await backend.run(moduleCall("add", 1, 1));

    expect(await backend.run(shell("echo ran"))).toMatchObject({ stdout: "ran\n" });
  });

  it("leaves no socket behind", async () => {
    const backend = await openBackend({ isolation: "process" });
    // Sockets are made in the directory for temporary files.
    vi.stubEnv("TMPDIR", backend.workDir);
    onTestFinished(() => void vi.unstubAllEnvs());

    await backend.run(moduleCall("add", 1, 1));

    expect(readdirSync(backend.workDir)).toEqual([]);
  });
});

function target(name: string): { readonly kind: "module"; readonly url: string; readonly name: string } {
  return { kind: "module", url: new URL("../__fixtures__/functions.ts", import.meta.url).href, name };
}
