import { enginePython, startScheduler, startWorkers } from "@rhapsody-internal/engines";
import { describeBackend } from "@rhapsody/backend-conformance";
import { afterAll, describe, it } from "vitest";
import { DaskExecutionBackend } from "./index.ts";

const python = await enginePython("dask");
const scheduler = await startScheduler();
const workers = await startWorkers({ scheduler, count: 2, threads: 2, nanny: true });
afterAll(async () => {
  await workers.stop();
  await scheduler.stop();
});

const cluster = { schedulerAddress: scheduler.address, node: process.execPath };

describeBackend({ describe, it, afterAll }, () => new DaskExecutionBackend({ python, cluster }), {
  title: "contract backend/1, on a scheduler at an address",
  opening: "shared",
  smallTasks: { module: 50 },
});
