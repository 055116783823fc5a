import { DaskExecutionBackend } from "@rhapsody/backend-dask";
import { Session } from "@rhapsody/core";
import { readSettings } from "../contender.ts";

/** A session over the cluster that the harness started. */
export function openSession(): Session {
  const { scheduler, python, chunking } = readSettings();
  return new Session({
    backends: [
      new DaskExecutionBackend({
        cluster: { kind: "address", address: scheduler },
        python,
        ...(!chunking && { chunking: false }),
      }),
    ],
  });
}
