import { DaskExecutionBackend } from "@rhapsody/backend-dask";

export class ConcurrentExecutionBackend extends DaskExecutionBackend {
  constructor() {
    super({ cluster: { kind: "local", workers: 2, threadsPerWorker: 1 } });
  }
}
