import { enginePython } from "@rhapsody-internal/engines";
import { describeBackend } from "@rhapsody/backend-conformance";
import { afterAll, describe, it } from "vitest";
import { DaskExecutionBackend } from "./index.ts";

const python = await enginePython("dask");

describeBackend(
  { describe, it, afterAll },
  () => new DaskExecutionBackend({ python, cluster: { kind: "local", workers: 2, threadsPerWorker: 2 } }),
  { title: "contract backend/1, on a cluster of its own", opening: "shared", smallTasks: { module: 50 } },
);
