import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "@rhapsody-internal/fixtures";
import { BackendError } from "@rhapsody/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { untilFile } from "../__fixtures__/files.ts";
import { closure, moduleCall, openBackend, program, record, shell } from "../__fixtures__/open-backend.ts";
import { ConcurrentExecutionBackend } from "../index.ts";

describe("an opened backend", () => {
  it("starts neither process nor thread for closures", async () => {
    const children = (): string => readFileSync(`/proc/self/task/${process.pid}/children`, "utf8");
    const threads = (): number => Number(/^Threads:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
    // The first use of the file system starts Node's own threads.
    await openBackend();
    const before = { children: children(), threads: threads() };
    const backend = await openBackend();

    await backend.run(closure(() => 1));

    expect({ children: children(), threads: threads() }).toEqual(before);
  });

  it("refuses work of kinds that it does not do, and the whole batch with it", async () => {
    const backend = await openBackend();
    const prompt = { kind: "prompt", prompt: "?", sampling: {}, stream: false } as const;
    const embedding = { kind: "embedding", input: "?", parameters: {} } as const;

    for (const work of [prompt, embedding]) {
      const refusal = backend.handle.submit([backend.spec(closure(() => 1)), backend.spec(work)]);
      await expect(refusal).rejects.toMatchObject({ code: "BACKEND_REJECTED_TASKS", backend: "concurrent" });
    }
    expect(backend.updates).toEqual([]);
  });

  it("refuses an attempt that is under way already, or twice in a batch", async () => {
    const backend = await openBackend();
    const release = Promise.withResolvers<void>();
    const held = await backend.submit(closure(() => release.promise));
    const twice = backend.spec(closure(() => 1));

    await expect(backend.handle.submit([held])).rejects.toMatchObject({ code: "BACKEND_REJECTED_TASKS" });
    await expect(backend.handle.submit([twice, twice])).rejects.toMatchObject({ code: "BACKEND_REJECTED_TASKS" });
    release.resolve();
    expect(await backend.end(held)).toMatchObject({ state: "DONE" });
    expect(backend.of(twice)).toEqual([]);
  });

  it("refuses work after close, and opens again", async () => {
    const backend = new ConcurrentExecutionBackend({ name: "laptop", resources: { gpus: 0 } });
    const { context, updates } = record("/tmp");
    const handle = await backend.open(context);
    await expect(backend.open(context)).rejects.toMatchObject({ code: "BACKEND_IN_USE", backend: "laptop" });

    const closed = handle.close(0);
    const again = await backend.open(context);
    await closed;

    await expect(handle.submit([])).rejects.toMatchObject({ code: "BACKEND_CLOSED" });
    await again.close(0);
    expect(updates).toEqual([]);
  });

  it("says so when the directory for output cannot be made, and leaves nothing open", async () => {
    const backend = new ConcurrentExecutionBackend({ captureDir: "/proc/version/x", resources: { gpus: 0 } });

    await expect(backend.open(record("/tmp").context)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
    await expect(backend.open(record("/tmp").context)).rejects.toMatchObject({ code: "BACKEND_UNAVAILABLE" });
  });

  it("tells the session when the launcher died, with every program gone, and nothing after that", async () => {
    const backend = await openBackend();
    const file = join(backend.workDir, "pid");
    const task = await backend.submit(
      shell('echo $$ $PPID > "$FILE.part" && mv "$FILE.part" "$FILE"; exec sleep 600'),
      {
        environment: { FILE: file },
      },
    );
    const [pid = 0, helper = 0] = (await untilFile(file)).split(" ").map(Number);

    // The program may be faster than the word that it runs.
    await backend.running(task);
    process.kill(helper, "SIGKILL");
    const error = await backend.lost;

    expect(error).toBeInstanceOf(BackendError);
    expect(error).toMatchObject({ code: "BACKEND_LOST", backend: "concurrent", retryable: true });
    expect(isAlive(pid)).toBe(false);
    await expect(backend.submit(program("true"))).rejects.toMatchObject({ code: "BACKEND_LOST" });
    await backend.handle.close(600_000);
    expect(backend.updates.map(({ state }) => state)).toEqual(["RUNNING"]);
  });

  it("tells the session when the launcher was killed before it was ready", async () => {
    const children = (): string[] => readFileSync(`/proc/self/task/${process.pid}/children`, "utf8").trim().split(" ");
    const backend = await openBackend();
    const before = children();

    const submitted = backend.submit(program("true"));
    const helper = children().find((pid) => !before.includes(pid));
    process.kill(Number(helper), "SIGKILL");

    await expect(submitted).rejects.toMatchObject({ code: "BACKEND_LOST" });
    expect(await backend.lost).toMatchObject({ code: "BACKEND_LOST", backend: "concurrent", retryable: true });
  });

  it("closes after the launcher died with functions in worker processes", async () => {
    const backend = await openBackend({ isolation: "process" });
    const file = join(backend.workDir, "runs");
    await backend.submit(moduleCall("waitForAbort", file));
    await untilFile(file);
    const { stdout = "" } = await backend.run(shell("echo $PPID"));

    process.kill(Number(stdout), "SIGKILL");
    await backend.lost;
    await backend.handle.close(600_000);

    await expect(backend.submit(program("true"))).rejects.toMatchObject({ code: "BACKEND_CLOSED" });
  });

  it("hands over what happens at once in one batch", async () => {
    // Closures that take their time are started in several turns.
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const batches: number[] = [];
    const { context } = record("/tmp");
    const backend = new ConcurrentExecutionBackend({ resources: { gpus: 0 } });
    const done = Promise.withResolvers<void>();
    const handle = await backend.open({
      ...context,
      report: (updates) => {
        batches.push(updates.length);
        done.resolve();
      },
    });
    const work = closure(async (value) => await Promise.resolve(value), 1);
    const specs = Array.from({ length: 100 }, (_, index) => ({
      uid: `t${index}`,
      attempt: 1,
      epoch: 1,
      name: "t",
      work,
      environment: {},
      resources: {},
      priority: 0,
      backendOptions: {},
    }));

    await handle.submit(specs);
    await done.promise;
    await handle.close(0);

    expect(batches).toEqual([200]);
  });
});

describe("closures", () => {
  it("runs them with their arguments, asynchronous or not, and tells them their task", async () => {
    const { taskContext } = await import("@rhapsody/core");
    const backend = await openBackend({ name: "here" });

    const ends = await Promise.all([
      backend.run(closure((a, b) => [a, b], 1, "x")),
      backend.run(
        closure(async () => {
          await Promise.resolve();
          const { uid, backend: name, attempt } = taskContext();
          return { uid, name, attempt };
        }),
        { uid: "c" },
      ),
    ]);

    expect(ends).toMatchObject([{ returnValue: [1, "x"] }, { returnValue: { uid: "c", name: "here", attempt: 1 } }]);
    expect(ends[0].resources).toEqual({ cores: [] });
  });

  it.each([
    [
      "an error",
      () => {
        throw new RangeError("no");
      },
      "the function threw RangeError: no",
    ],
    ["a text", async () => fail("no"), "the function threw no"],
    [
      "what has no text",
      () => {
        throw Object.create(null);
      },
      "the function threw [Object: null prototype] {}",
    ],
    [
      "what throws when it is looked at",
      () => new Proxy({}, { get: () => fail(new TypeError("bad")) }),
      "the function threw TypeError: bad",
    ],
  ])("fails one that throws %s", async (_, call, message) => {
    const backend = await openBackend();

    expect(await backend.run(closure(call))).toMatchObject({ failure: { code: "TASK_FUNCTION_THREW", message } });
  });

  it("refuses a working directory, which a closure cannot have", async () => {
    const backend = await openBackend();

    const end = await backend.run(
      closure(() => 1),
      { workingDirectory: "/tmp" },
    );

    expect(end).toMatchObject({ failure: { code: "TASK_WORKING_DIRECTORY" } });
  });

  it("lets timers run while many closures that do not wait are started", async () => {
    const backend = await openBackend();
    let others = 0;
    const count = setInterval(() => (others += 1), 1);
    const work = closure(() => {
      const until = performance.now() + 1;
      while (performance.now() < until);
    });
    const specs = Array.from({ length: 100 }, () => backend.spec(work));

    await backend.handle.submit(specs);
    await backend.until(() => backend.updates.filter(({ state }) => state === "DONE").length === specs.length);
    clearInterval(count);

    expect(others).toBeGreaterThan(3);
  });

  it("waits within the grace for one that listens to its signal, and not for one that does not", async () => {
    const { taskContext } = await import("@rhapsody/core");
    const backend = await openBackend({ graceMs: 600_000 });
    const cleaned = Promise.withResolvers<void>();
    const listening = await backend.submit(
      closure(async () => {
        const { signal } = taskContext();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await new Promise((resolve) => setTimeout(resolve, 5));
        cleaned.resolve();
        signal.throwIfAborted();
      }),
    );
    const deaf = await backend.submit(closure(() => new Promise(() => {})));
    await backend.running(deaf);

    expect(await backend.cancel(deaf)).toEqual(["detached"]);
    expect(await backend.cancel(listening)).toEqual(["cancelled"]);

    await cleaned.promise;
    expect(backend.of(listening).map(({ state }) => state)).toEqual(["RUNNING", "CANCELED"]);
    expect(backend.of(deaf).map(({ state }) => state)).toEqual(["RUNNING"]);
  });

  it("lets go of one that listens and goes on beyond the grace", async () => {
    const { taskContext } = await import("@rhapsody/core");
    const backend = await openBackend({ graceMs: 10 });
    const spec = await backend.submit(
      closure(() => {
        void taskContext().signal;
        return new Promise(() => {});
      }),
    );
    await backend.running(spec);

    expect(await backend.cancel(spec)).toEqual(["detached"]);
  });

  it("never starts one that was cancelled before its turn", async () => {
    const backend = await openBackend();
    let ran = false;
    const spec = backend.spec(closure(() => (ran = true)));

    const submitted = backend.handle.submit([spec]);
    const outcomes = await backend.cancel(spec);
    await submitted;

    expect({ outcomes, ran, updates: backend.updates }).toEqual({ outcomes: ["cancelled"], ran: false, updates: [] });
  });
});

function fail(thrown: unknown): never {
  throw thrown;
}
