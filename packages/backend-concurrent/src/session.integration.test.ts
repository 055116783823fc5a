import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Lifeline, openSession, temporaryDirectory } from "@rhapsody-internal/fixtures";
import { AITask, ComputeTask, discoverBackends, getBackend, moduleFunction, Session } from "@rhapsody/core";
import { RecordingBackend } from "@rhapsody/core/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { endOf, heardFrom, startHost, startTextHost } from "./__fixtures__/run-host.ts";
import { ConcurrentExecutionBackend } from "./index.ts";

/** Within which everything is dead after the host was killed, in milliseconds; on a machine under load, what the host took to start comes on top. */
const AFTER_KILL_MS = 2_000;

type Functions = typeof import("./__fixtures__/functions.ts");
const functions = new URL("./__fixtures__/functions.ts", import.meta.url);

function localBackend(name = "local_cpu"): ConcurrentExecutionBackend {
  return new ConcurrentExecutionBackend({ name, resources: { gpus: 0 } });
}

describe("a session over the concurrent backend", () => {
  it("passes values from programs to functions to closures", async () => {
    const session = openSession(localBackend());
    const count = new ComputeTask({ executable: "sh", arguments: ["-c", "echo one two three | wc -w"] });
    const parse = new ComputeTask({ function: async (text: string) => Number(text), args: [count] });
    const add = new ComputeTask({ function: moduleFunction<Functions, "add">(functions, "add"), args: [parse, 39] });
    const show = new ComputeTask({ executable: "printf", arguments: ["<%s>", add] });

    await session.submitTasks([show, add, parse, count]);
    const [shown, added] = await Promise.all([show, add]);

    expect(added.returnValue).toBe(42);
    expect(shown.stdout).toBe("<42>");
  });

  it("runs plain descriptions in the order of their dependencies", async () => {
    const directory = temporaryDirectory();
    const session = openSession(localBackend());
    const step = (uid: string, dependencies: readonly string[]) => ({
      uid,
      executable: "sh",
      arguments: ["-c", "echo $0 >> log", uid],
      workingDirectory: directory,
      dependencies,
    });

    const futures = await session.submitTasks([
      step("analyse", ["prepare"]),
      step("prepare", ["fetch"]),
      step("fetch", []),
    ]);
    await Promise.all(futures);

    expect(readFileSync(join(directory, "log"), "utf8")).toBe("fetch\nprepare\nanalyse\n");
  });

  it("routes tasks to the backend that they name, and others to the first that can run them", async () => {
    const model = new RecordingBackend({
      name: "model",
      capabilities: { taskKinds: ["prompt"], functionKinds: [] },
      respond: () => ({ response: "fine" }),
    });
    const session = new Session({
      backends: [model, localBackend("local_cpu"), localBackend("remote_sim")],
      workDir: temporaryDirectory(),
    });
    onTestFinished(() => session.close());
    const tasks = [
      new ComputeTask({ executable: "hostname", backend: "remote_sim" }),
      new ComputeTask({ executable: "hostname" }),
      new AITask({ prompt: "How was it?" }),
    ] as const;

    await session.submitTasks(tasks);
    const results = await Promise.all(tasks);

    expect(results.map(({ backend }) => backend)).toEqual(["remote_sim", "local_cpu", "model"]);
  });

  it("shares out cores: no more single-core programs at a time than there are cores", async () => {
    const directory = temporaryDirectory();
    const backend = new ConcurrentExecutionBackend({ resources: { cores: 2, gpus: 0 } });
    const session = openSession(backend);
    // The number of directories is that of the programs under way.
    const script = "mkdir $0; ls -d */ | wc -l; rmdir $0";
    const tasks = Array.from({ length: 8 }, (_, index) => {
      return new ComputeTask({ executable: "sh", arguments: ["-c", script, index], workingDirectory: directory });
    });

    await session.submitTasks(tasks);
    const results = await Promise.all(tasks);

    expect(Math.max(...results.map(({ stdout }) => Number(stdout)))).toBeLessThanOrEqual(2);
    // The second core is given only while the first one is taken.
    expect(new Set(results.flatMap(({ resources }) => resources?.cores)).size).toBe(2);
  });

  it("refuses a task that can never fit, with the reason", async () => {
    const session = openSession(localBackend());

    const submitted = session.submitTasks([{ executable: "true", resources: { gpus: 1 } }]);

    await expect(submitted).rejects.toMatchObject({ code: "TASK_VALIDATION", problems: [{ code: "TASK_NEVER_FITS" }] });
  });

  it("stops a program that runs for too long, and what it started", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const session = openSession(localBackend());
    const lifeline = new Lifeline();
    const script = `${lifeline.hold}; (setsid sleep 600 &) ; echo up >&9; sleep 600`;

    const [future] = await session.submitTasks([{ executable: "sh", arguments: ["-c", script], timeoutMs: 60_000 }]);
    await lifeline.heard(1);
    while (future.state !== "EXECUTING") await vi.advanceTimersByTimeAsync(1);
    await vi.advanceTimersByTimeAsync(70_000);

    expect(await future.settled()).toMatchObject({ state: "FAILED", error: { code: "TASK_TIMEOUT" } });
    await lifeline.broken;
  });

  it("tries a failed program again, with files of its own for each attempt", async () => {
    const session = openSession(localBackend());
    const directory = temporaryDirectory();
    const script = "echo once more; mkdir done 2> /dev/null && exit 1; exit 0";

    const [future] = await session.submitTasks([
      {
        uid: "flaky",
        executable: "sh",
        arguments: ["-c", script],
        workingDirectory: directory,
        retry: { attempts: 3 },
        capture: "file",
      },
    ]);
    const result = await future;

    expect(result).toMatchObject({ state: "DONE", attempts: 2 });
    expect(result.stdout).toMatch(/flaky\.2\.stdout$/);
    expect(existsSync(result.stdout.replace(".2.", "."))).toBe(true);
  });

  it("can be used without a session, with callbacks", async () => {
    await using backend = await getBackend("concurrent", { resources: { gpus: 0 } });
    const seen: string[] = [];
    backend.registerCallback((task, state) => seen.push(`${task.uid} ${state}`));

    const futures = await backend.submitTasks([
      { uid: "task_1", executable: "echo", arguments: ["Hello, RHAPSODY!"] },
      { uid: "task_2", executable: "sh", arguments: ["-c", "exit 2"] },
    ]);
    const results = await Promise.all(futures.map((future) => future.settled()));

    expect(results).toMatchObject([{ stdout: "Hello, RHAPSODY!\n" }, { exitCode: 2 }]);
    expect(new Set(seen)).toEqual(new Set(["task_1 RUNNING", "task_1 DONE", "task_2 RUNNING", "task_2 FAILED"]));
    expect(await discoverBackends()).toMatchObject({ concurrent: true });
  });
});

describe.each(["thread", "process"])("a host that leaves its session open, isolation %s,", (isolation) => {
  it.each([
    ["a file", startHost],
    ["text", startTextHost],
  ])("survives the death of a worker, and ends when nothing is under way, run from %s", async (_, start) => {
    const host = start("idle-host.ts", [temporaryDirectory(), isolation]);

    const end = await endOf(host);
    expect(end).toMatchObject({ stdout: "2\n", exitCode: 0, signal: null });
    // The failed task was looked at, so there is nothing to complain of.
    expect(end.stderr).toBe("");
  });
});

describe("a host with programs and functions under way", () => {
  const daemon = "(setsid sh -c 'echo daemon >&9; exec sleep 600' &)";

  it("closes in order on Ctrl-C: programs are asked to end, nothing is left, and the shell sees the signal", async () => {
    const directory = temporaryDirectory();
    const lifeline = new Lifeline();
    const script = `${lifeline.hold}; trap 'echo clean > ${directory}/clean; exit 0' TERM; ${daemon}; sleep 600 & wait`;
    const host = startHost("held-host.ts", [directory, script, lifeline.path]);
    const end = endOf(host);
    await lifeline.heard(2);

    host.kill("SIGINT");

    expect(await end).toMatchObject({ stdout: "CANCELLED CANCELLED", signal: "SIGINT" });
    expect(readFileSync(join(directory, "clean"), "utf8")).toBe("clean\n");
    await lifeline.broken;
  });

  it("leaves at once on a second Ctrl-C, and nothing is alive soon after", async () => {
    const directory = temporaryDirectory();
    const lifeline = new Lifeline();
    const script = `${lifeline.hold}; trap '' TERM; ${daemon}; while :; do sleep 600; done`;
    const begin = performance.now();
    const host = startHost("held-host.ts", [directory, script, lifeline.path]);
    const end = endOf(host);
    const warned = heardFrom(host, "interrupted");
    await lifeline.heard(2);
    const startMs = performance.now() - begin;

    host.kill("SIGINT");
    await warned;
    host.kill("SIGINT");

    expect(await end).toMatchObject({ stdout: "", signal: "SIGINT" });
    const left = performance.now();
    await lifeline.broken;
    expect(performance.now() - left).toBeLessThan(AFTER_KILL_MS + startMs);
  });

  it("takes everything with it when it is killed", async () => {
    const directory = temporaryDirectory();
    const lifeline = new Lifeline();
    const script = `${lifeline.hold}; trap '' TERM; ${daemon}; while :; do sleep 600; done`;
    const begin = performance.now();
    const host = startHost("held-host.ts", [directory, script, lifeline.path]);
    await lifeline.heard(2);
    const startMs = performance.now() - begin;

    const killed = performance.now();
    host.kill("SIGKILL");
    await lifeline.broken;

    expect(performance.now() - killed).toBeLessThan(AFTER_KILL_MS + startMs);
  });
});
