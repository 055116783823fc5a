/**
 * Where does a growing population become chaotic? A sweep over its growth rate on a Dask cluster, then finer sweeps where it turns.
 *
 * On a larger cluster only the first lines change: `cluster: { kind: "address", address: "tcp://dask.example.org:8786" }`.
 */
import { DaskExecutionBackend } from "@rhapsody/backend-dask";
import { ComputeTask, pythonFunction, Session } from "@rhapsody/core";

const cluster = { kind: "local", workers: 2, threadsPerWorker: 1 } as const;
await using session = new Session({ backends: [new DaskExecutionBackend({ cluster })] });

// `logistic.py` lies in the directory that this runs in, which is among those that Python imports from.
const lyapunov = pythonFunction<number>("logistic:lyapunov");
const POINTS = 40;
const STEPS = 20_000;

/** The smallest growth rate of an interval for which the map is chaotic, and its neighbour for which it is not. */
async function sweep(from: number, to: number): Promise<readonly [calm: number, chaotic: number]> {
  const rates = Array.from({ length: POINTS + 1 }, (_, index) => from + ((to - from) * index) / POINTS);
  const tasks = rates.map((rate) => new ComputeTask({ function: lyapunov, args: [rate, STEPS] }));
  await session.submitTasks(tasks);
  const exponents = (await Promise.all(tasks)).map(({ returnValue }) => returnValue);
  const first = exponents.findIndex((exponent) => exponent > 0);
  return [rates[first - 1] ?? from, rates[first] ?? to];
}

let [calm, chaotic] = [3, 4];
for (const name of ["coarse", "finer", "finest"]) {
  [calm, chaotic] = await sweep(calm, chaotic);
  console.log(`${name}: chaos begins between r = ${calm.toFixed(4)} and ${chaotic.toFixed(4)}`);
}

// A program takes the values of functions as its arguments, on the same workers.
const report = new ComputeTask({ executable: "printf", arguments: ["onset at r = %.2f\n", chaotic] });
await session.submitTasks([report]);
console.log((await report).stdout.trim());
