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
  timeoutMs: 60_000,
  smallTasks: { executable: 300, python: 3_000, module: 12 },
  except: {
    "function-failures/died/python":
      "a Python function that ends its process takes a worker with it and all that runs there, so it is lost, and runs again",
  },
});

// The rules about opening and closing, and work of each kind, where the backend starts and stops the cluster itself.
describeBackend(
  { describe, it },
  () => new DaskExecutionBackend({ python, cluster: { kind: "local", workers: 1, threadsPerWorker: 2 } }),
  {
    title: "contract backend/1, on a cluster of its own",
    timeoutMs: 60_000,
    only: [
      "contract/capabilities",
      "life-cycle/open-again",
      "life-cycle/given-up",
      "life-cycle/leaves-nothing",
      "states/order/module",
      "program-output/streams",
      "cancel/running/executable",
      "close/tree",
    ],
  },
);
