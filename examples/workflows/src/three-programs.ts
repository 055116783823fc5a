/** The same workflow made of programs, which run wherever the backend is: the line that makes it is all there is to change. */
import { join } from "node:path";
import { WorkflowEngine } from "@rhapsody/asyncflow-adapter";
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";

const backend = new ConcurrentExecutionBackend();

await using flow = await WorkflowEngine.create({ backend });

const program = join(import.meta.dirname, "programs/numbers.ts");

/** A program's value is what it printed. The function that describes it runs once its arguments have values. */
function numbersTask(what: string) {
  return flow.executableTask((...inputs: string[]) => ({
    executable: process.execPath,
    arguments: [program, what, ...inputs.map((text) => text.trim())],
  }));
}
const generate = numbersTask("generate");
const even = numbersTask("even");
const aggregate = numbersTask("aggregate");

const sum = generate();
console.log((await aggregate(sum, even(sum))).trim());
