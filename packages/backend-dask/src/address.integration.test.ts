import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { enginePython, startScheduler, startWorkers, type Scheduler, type Workers } from "@rhapsody-internal/engines";
import { Lifeline, openSession, rejectionOf, temporaryDirectory } from "@rhapsody-internal/fixtures";
import { ComputeTask, pythonFunction } from "@rhapsody/core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { killHost } from "./__fixtures__/kill-host.ts";
import { shareSamples } from "./__fixtures__/samples.ts";
import { DaskExecutionBackend } from "./index.ts";

/** Within which everything is dead after the host was killed, in milliseconds. */
const AFTER_KILL_MS = 2_000;

const python = await enginePython("dask");
let scheduler: Scheduler;
let workers: Workers;
beforeAll(async () => {
  shareSamples();
  scheduler = await startScheduler();
  workers = await startWorkers({ scheduler, count: 2, threads: 1, resources: { license: 1 }, nanny: true });
});
afterAll(async () => {
  await workers.stop();
  await scheduler.stop();
});

function backendAt(address = scheduler.address): DaskExecutionBackend {
  return new DaskExecutionBackend({ python, cluster: { kind: "address", address } });
}

describe("a cluster that runs at an address", () => {
  it("serves several sessions, and is left as it was", async () => {
    const [first, second] = [openSession(backendAt()), openSession(backendAt())];
    const square = (value: number) => new ComputeTask({ function: pythonFunction("samples:square"), args: [value] });
    const tasks = [square(2), square(3)] as const;
    await Promise.all([first.submitTasks([tasks[0]]), second.submitTasks([tasks[1]])]);
    const results = await Promise.all(tasks);
    await first.close();
    const [later] = await second.submitTasks([{ executable: "echo", arguments: ["still there"] }]);

    expect(results.map(({ returnValue }) => returnValue)).toEqual([4, 9]);
    expect((await later).stdout).toBe("still there\n");
  });

  it("lists its workers, and says whose they are when they are to be more", async () => {
    const backend = backendAt();
    await openSession(backend).start();

    expect(backend.schedulerAddress).toBe(scheduler.address);
    expect(await backend.workers()).toMatchObject([
      { threads: 1, resources: { license: 1 } },
      { threads: 1, resources: { license: 1 } },
    ]);
    expect(await rejectionOf(backend.scale(3))).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
  });

  it("runs tasks on the workers that they name, and as many as their resources allow", async () => {
    const backend = backendAt();
    const session = openSession(backend);
    await session.start();
    const [, second] = await backend.workers();
    const dask = { workers: second!.address, resources: { license: 1 } };
    const where = { function: pythonFunction<number>("os:getpid"), backendOptions: { dask } };
    const tasks = Array.from({ length: 4 }, () => new ComputeTask(where));

    await session.submitTasks(tasks);

    expect(new Set((await Promise.all(tasks)).map(({ returnValue }) => returnValue)).size).toBe(1);
  });

  it("runs a task again whose worker died, and says how often it ran", async () => {
    const marker = join(temporaryDirectory(), "marker");
    const task = new ComputeTask({ function: pythonFunction<string>("samples:die_once"), args: [marker] });
    const session = openSession(backendAt());

    await session.submitTasks([task]);

    expect(await task).toMatchObject({ returnValue: "alive", attempts: 2 });
  });

  it("has nothing left of a host that is killed", async () => {
    expect(await killHost(python, { kind: "address", address: scheduler.address })).toBeLessThan(AFTER_KILL_MS);
  });
});

describe("a scheduler that dies", () => {
  it("is told, and its tasks run on one that comes after it", async () => {
    const mortal = await startScheduler();
    onTestFinished(() => mortal.stop());
    const itsWorkers = await startWorkers({ scheduler: mortal });
    onTestFinished(() => itsWorkers.stop());
    const lifeline = new Lifeline();
    // Both runs speak into it.
    const held = openSync(lifeline.path, "r+");
    onTestFinished(() => closeSync(held));
    const cluster = { schedulerAddress: mortal.address };
    const session = openSession(new DaskExecutionBackend({ python, cluster }));
    const task = new ComputeTask({ executable: "/bin/sh", arguments: ["-c", lifeline.tree] });
    await session.submitTasks([task]);
    await lifeline.heard(2);

    cluster.schedulerAddress = scheduler.address;
    process.kill(mortal.pid, "SIGKILL");
    await lifeline.heard(4);

    await task.cancel();
    expect(await task.settled()).toMatchObject({ state: "CANCELLED", attempts: 2 });
  });

  it("fails what ran there when there is no other", async () => {
    const mortal = await startScheduler();
    onTestFinished(() => mortal.stop());
    const itsWorkers = await startWorkers({ scheduler: mortal });
    onTestFinished(() => itsWorkers.stop());
    const lifeline = new Lifeline();
    const cluster = { kind: "address", address: mortal.address } as const;
    const backend = new DaskExecutionBackend({ python, cluster, connectTimeoutMs: 5_000 });
    const session = openSession(backend, { failover: { openings: 1 } });
    const task = new ComputeTask({ executable: "/bin/sh", arguments: ["-c", lifeline.tree] });
    await session.submitTasks([task]);
    await lifeline.heard(2);

    process.kill(mortal.pid, "SIGKILL");

    expect(await task.settled()).toMatchObject({ state: "FAILED", error: { code: "BACKEND_UNAVAILABLE" } });
    await lifeline.broken;
  });
});
