/** A program that runs one Python function on the concurrent backend and on Dask, and prints what both return. */
export const PYTHON_PROGRAM = `import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { DaskExecutionBackend } from "@rhapsody/backend-dask";
import { ComputeTask, pythonFunction, Session } from "@rhapsody/core";

const here = new ConcurrentExecutionBackend();
const dask = new DaskExecutionBackend({ cluster: { kind: "local", workers: 1, threadsPerWorker: 1 } });
await using session = new Session({ backends: [here, dask] });
const hypot = pythonFunction<number>("math:hypot");
const tasks = [here, dask].map(({ name }) => new ComputeTask({ function: hypot, args: [3, 4], backend: name }));
await session.submitTasks(tasks);
for (const { error, returnValue } of await session.waitTasks(tasks)) {
  if (error !== undefined) throw error;
  console.log(returnValue);
}
`;
