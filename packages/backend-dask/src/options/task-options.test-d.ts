import { ComputeTask } from "@rhapsody/core";
import type { DaskTaskOptions } from "../index.ts";

const options: DaskTaskOptions = { resources: { GPU: 1 }, workers: ["gpu-0"], priority: 2, killable: true };

// Importing the package is all it takes for core to know the options of its tasks.
new ComputeTask({ executable: "make", backendOptions: { dask: options } });
// @ts-expect-error an option that there is not
new ComputeTask({ executable: "make", backendOptions: { dask: { worker: "a" } } });
// @ts-expect-error a value of another type
new ComputeTask({ executable: "make", backendOptions: { dask: { retries: "twice" } } });
