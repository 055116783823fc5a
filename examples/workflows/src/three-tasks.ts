/** Three tasks, of which each takes what those before it gave; ten such workflows at the same time. */
import { WorkflowEngine } from "@rhapsody/asyncflow-adapter";
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";

await using flow = await WorkflowEngine.create({ backend: new ConcurrentExecutionBackend() });

const numbers = Array.from({ length: 1_000 }, (_, n) => n);

/** Generates data. */
const generate = flow.functionTask(async () => numbers.reduce((sum, n) => sum + n, 0));

/** Processes them. */
const even = flow.functionTask(async (sum: number) => numbers.filter((n) => n < sum && n % 2 === 0));

/** Puts both together. */
const aggregate = flow.functionTask(async (totalSum: number, evenNumbers: readonly number[]) => ({
  totalSum,
  evenCount: evenNumbers.length,
}));

async function runWorkflow(id: number): Promise<void> {
  // A call gives a handle at once. Handed to another call, it stands for its value, and is waited for.
  const sum = generate();
  const { totalSum, evenCount } = await aggregate(sum, even(sum));
  console.log(`workflow ${id}: sum ${totalSum}, ${evenCount} even numbers`);
}

await Promise.all(Array.from({ length: 10 }, (_, id) => runWorkflow(id)));
console.log(`${flow.progress().done} tasks done`);
