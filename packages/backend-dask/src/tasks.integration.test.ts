import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { enginePython } from "@rhapsody-internal/engines";
import { Lifeline, openSession, temporaryDirectory } from "@rhapsody-internal/fixtures";
import { ComputeTask, type EngineFacts, moduleFunction, pythonFunction, Session } from "@rhapsody/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shareSamples } from "./__fixtures__/samples.ts";
import { DaskExecutionBackend, LocalCluster } from "./index.ts";

const GRACE_MS = 100;
/** From the order to stop to the end of the last process, over the grace, in milliseconds. */
const STOPPED_MS = 1_000;

type Functions = typeof import("./__fixtures__/functions.ts");
const functions = new URL("./__fixtures__/functions.ts", import.meta.url);

const python = await enginePython("dask");
let cluster: LocalCluster;
let session: Session;
beforeAll(async () => {
  shareSamples();
  cluster = await LocalCluster.start({ python, workers: 2, threadsPerWorker: 2 });
  session = new Session({ backends: [new DaskExecutionBackend({ python, cluster, graceMs: GRACE_MS })] });
  await session.start();
});
afterAll(async () => {
  await session.close();
  await cluster.close();
});

describe("a session on Dask", () => {
  it("passes values from Python to JavaScript to programs", async () => {
    const roots = new ComputeTask({ function: pythonFunction<Float64Array>("array:array"), args: ["d", [1, 4, 9]] });
    const scaled = new ComputeTask({
      function: moduleFunction<Functions, "scale">(functions, "scale"),
      args: [roots, 0.5],
    });
    const show = new ComputeTask({ executable: "printf", arguments: ["%s", scaled] });

    await session.submitTasks([roots, scaled, show]);

    expect((await scaled).returnValue).toEqual(new Float64Array([0.5, 2, 4.5]));
    expect((await show).stdout).toContain("4.5");
  });

  it("runs ten thousand short tasks", async () => {
    const square = pythonFunction<number>("samples:square");
    const tasks = Array.from({ length: 10_000 }, (_, index) => new ComputeTask({ function: square, args: [index] }));

    await session.submitTasks(tasks);
    const results = await Promise.all(tasks);

    expect(results.map(({ returnValue }) => returnValue)).toEqual(tasks.map((_, index) => index * index));
  });

  it("keeps the failures and outputs of short tasks that share a piece apart", async () => {
    const divide = pythonFunction<number>("operator:truediv");
    const tasks = Array.from(
      { length: 2_000 },
      (_, index) => new ComputeTask({ function: divide, args: [1, index % 10] }),
    );

    await session.submitTasks(tasks);
    const results = await Promise.all(tasks.map((task) => task.settled()));

    const failed = results.flatMap(({ state }, index) => (state === "FAILED" ? [index] : []));
    expect(failed).toEqual(Array.from({ length: 200 }, (_, index) => index * 10));
    expect(results[0]!.error).toMatchObject({ code: "TASK_FUNCTION_THREW" });
  });

  it("tells how the cluster is doing", async () => {
    const other = openSession(new DaskExecutionBackend({ python, cluster }));
    const events = other.events();
    await other.start();

    let facts: EngineFacts | undefined;
    for await (const event of events) {
      if (event.type === "engine") facts = event.facts;
      if (facts !== undefined) break;
    }

    expect(facts).toMatchObject({ workers: 2, threads: 4 });
    expect(other.statistics().backends["dask"]?.engine).toMatchObject({ workers: 2, threads: 4 });
  });

  it("gives tasks the environment and files that they ask for", async () => {
    const variable = new ComputeTask({
      function: pythonFunction<string>("samples:variable"),
      args: ["COLOUR"],
      environment: { COLOUR: "red" },
    });
    const say = new ComputeTask({ function: pythonFunction("samples:say"), args: ["hello"], capture: "file" });

    await session.submitTasks([variable, say]);

    expect((await variable).returnValue).toBe("red");
    expect(readFileSync((await say).stdout, "utf8")).toBe("hello\n");
  });
});

describe("stopping", () => {
  it.each(["cancelled", "out of time"])("ends a program's whole tree when it is %s", async (why) => {
    const lifeline = new Lifeline();
    const task = new ComputeTask({
      executable: "/bin/sh",
      arguments: ["-c", lifeline.tree],
      ...(why === "out of time" && { timeoutMs: 3_000 }),
    });
    await session.submitTasks([task]);
    await lifeline.heard(2);

    const ordered = performance.now();
    if (why === "cancelled") await task.cancel();
    await lifeline.broken;

    expect(performance.now() - ordered).toBeLessThan(STOPPED_MS + (why === "cancelled" ? 100 : 3_100));
    expect(await task.settled()).toMatchObject({ state: why === "cancelled" ? "CANCELLED" : "FAILED" });
  });

  it("ends a Python function that is killable", async () => {
    const lifeline = new Lifeline();
    const task = new ComputeTask({
      function: pythonFunction("samples:hold"),
      args: [lifeline.path],
      backendOptions: { dask: { killable: true } },
    });
    await session.submitTasks([task]);
    await lifeline.heard(1);

    await task.cancel();
    await lifeline.broken;

    expect(task.state).toBe("CANCELLED");
  });

  it("lets go of a Python function that is not, at once", async () => {
    const lifeline = new Lifeline();
    const marker = join(temporaryDirectory(), "marker");
    const task = new ComputeTask({ function: pythonFunction("samples:hold_until"), args: [lifeline.path, marker] });
    await session.submitTasks([task]);
    await lifeline.heard(1);

    await task.cancel();

    expect(task.state).toBe("CANCELLED");
    expect(existsSync(marker)).toBe(false);
    const [touch] = await session.submitTasks([{ executable: "touch", arguments: [marker] }]);
    await touch;
  });

  it("tells a JavaScript function by its signal", async () => {
    const wait = moduleFunction<Functions, "wait">(functions, "wait");
    const task = new ComputeTask({ function: wait, timeoutMs: 1_000 });

    await session.submitTasks([task]);

    expect(await task.settled()).toMatchObject({ state: "FAILED", error: { code: "TASK_TIMEOUT" } });
  });
});

describe("a task that cannot run says what to do", () => {
  it.each<[string, ComputeTask<unknown>, string, RegExp]>([
    [
      "a module that no worker can import",
      new ComputeTask({ function: pythonFunction("no_such_module:f") }),
      "TASK_FUNCTION_NOT_FOUND",
      /no_such_module[^]*install it/,
    ],
    [
      "an argument that cannot cross",
      new ComputeTask({ function: pythonFunction("samples:square"), args: [{ rows: new Map() }] }),
      "TASK_NOT_SERIALIZABLE",
      /args\[0\]\.rows/,
    ],
    [
      "a result that cannot cross",
      new ComputeTask({ function: pythonFunction("samples:unsendable") }),
      "TASK_NOT_SERIALIZABLE",
      /rows/,
    ],
    [
      "a JavaScript file that is not there",
      new ComputeTask({
        function: moduleFunction<{ f: () => void }>(new URL("gone.js", import.meta.url), "f"),
      }),
      "TASK_FUNCTION_NOT_FOUND",
      /gone\.js[^]*under the same path/,
    ],
    [
      "options that do not hold",
      new ComputeTask({ executable: "true", backendOptions: { dask: { retries: -1 } } }),
      "BACKEND_REJECTED_TASKS",
      /backendOptions\.dask[^]*retries/,
    ],
    [
      "resources that no worker has",
      new ComputeTask({ executable: "true", resources: { cores: 64 } }),
      "TASK_NEVER_FITS",
      /64/,
    ],
  ])("%s", async (_, task, code, fix) => {
    await session.submitTasks([task]);
    const { state, error } = await task.settled();

    expect(state).toBe("FAILED");
    expect(error).toMatchObject({ code });
    expect(error!.message).toMatch(fix);
  });

  it("no Node.js on the workers", async () => {
    const scale = moduleFunction<Functions, "scale">(functions, "scale");
    const task = new ComputeTask({ function: scale, args: [new Float64Array(1), 2] });

    const other = openSession(new DaskExecutionBackend({ python, cluster, node: "no-such-node" }));
    await other.submitTasks([task]);
    const { error } = await task.settled();

    expect(error).toMatchObject({ code: "TASK_PROGRAM_NOT_FOUND" });
    expect(error!.message).toMatch(/no-such-node[^]*option `node`/);
  });
});
