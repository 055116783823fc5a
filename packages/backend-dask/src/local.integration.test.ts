import { enginePython } from "@rhapsody-internal/engines";
import { openSession, rejectionOf } from "@rhapsody-internal/fixtures";
import { ComputeTask, pythonFunction } from "@rhapsody/core";
import { describe, expect, it } from "vitest";
import { killHost } from "./__fixtures__/kill-host.ts";
import { shareSamples } from "./__fixtures__/samples.ts";
import { untilWorkers } from "./__fixtures__/until-workers.ts";
import { DaskExecutionBackend, LocalCluster } from "./index.ts";

/** Within which everything is dead after the host was killed, in milliseconds. */
const AFTER_KILL_MS = 2_000;

const python = await enginePython("dask");
shareSamples();

describe("a cluster of the backend's own", () => {
  it("grows and shrinks while tasks run, and ends with the session", async () => {
    const backend = new DaskExecutionBackend({ python, cluster: { kind: "local", workers: 1, threadsPerWorker: 1 } });
    const session = openSession(backend);
    await session.start();
    expect(await backend.workers()).toMatchObject([{ threads: 1 }]);

    await backend.scale(2);
    await untilWorkers(session, 2);
    const tasks = Array.from(
      { length: 20 },
      () => new ComputeTask({ function: pythonFunction("time:sleep"), args: [0.05] }),
    );
    await session.submitTasks(tasks);
    await backend.scale(1);
    await untilWorkers(session, 1);

    await Promise.all(tasks);
    await session.close();
    expect(await rejectionOf(backend.workers())).toMatchObject({ code: "BACKEND_CLOSED" });
  });

  it("follows the load between bounds", async () => {
    const backend = new DaskExecutionBackend({ python, cluster: { kind: "local", workers: 1, threadsPerWorker: 1 } });
    const session = openSession(backend);
    await session.start();

    await backend.adapt({ minimum: 2, maximum: 2 });
    await untilWorkers(session, 2);

    expect(await rejectionOf(backend.adapt({ minimum: 3, maximum: 2 }))).toMatchObject({ code: "INVALID_OPTIONS" });
  });

  it("is gone with a host that is killed, and all that ran there", async () => {
    expect(await killHost(python, { kind: "local", workers: 2, threadsPerWorker: 1 })).toBeLessThan(AFTER_KILL_MS);
  });
});

describe("a cluster that was started before", () => {
  it("is handed to backends as it is, and ends when its owner says so", async () => {
    await using cluster = await LocalCluster.start({ python, workers: 1, threadsPerWorker: 1 });
    const backends = ["one", "two"].map((name) => new DaskExecutionBackend({ name, python, cluster }));
    for (const backend of backends) {
      const session = openSession(backend);
      const [where] = await session.submitTasks([{ function: pythonFunction<number>("os:getpid") }]);
      expect(await where).toMatchObject({ backend: backend.name, state: "DONE" });
      expect(backend.schedulerAddress).toBe(cluster.schedulerAddress);
      await session.close();
    }

    const other = new DaskExecutionBackend({ python, cluster, connectTimeoutMs: 1_000 });
    await cluster.close();
    expect(await rejectionOf(other.initialize())).toMatchObject({ code: "BACKEND_UNAVAILABLE" });
  });

  it("can be made larger by its owner and by those who use it", async () => {
    await using cluster = await LocalCluster.start({ python, workers: 1, threadsPerWorker: 1 });
    const backend = new DaskExecutionBackend({ python, cluster });
    const session = openSession(backend);
    await session.start();

    await cluster.scale(2);
    await untilWorkers(session, 2);
    await backend.scale(1);
    await untilWorkers(session, 1);

    expect(await backend.workers()).toHaveLength(1);
  });
});
