import { ComputeTask } from "@rhapsody/core";
import type { ConcurrentTaskOptions } from "../index.ts";

const options: ConcurrentTaskOptions = { shell: true, createWorkingDirectory: true };

// Importing the package is all it takes for core to know the options of its tasks.
new ComputeTask({ executable: "make", backendOptions: { concurrent: options } });
// @ts-expect-error an option that there is not
new ComputeTask({ executable: "make", backendOptions: { concurrent: { shel: true } } });
// @ts-expect-error a value of another type
new ComputeTask({ executable: "make", backendOptions: { concurrent: { shell: "sh" } } });
