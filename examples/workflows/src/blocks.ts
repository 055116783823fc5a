/** Blocks: parts of a workflow that are called like tasks, call further ones, and take these with them when they fail. */
import { WorkflowEngine, type FlowHandle } from "@rhapsody/asyncflow-adapter";
import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";

await using flow = await WorkflowEngine.create({ backend: new ConcurrentExecutionBackend(), uid: "screening" });

const prepare = flow.functionTask(async (molecule: string) => `${molecule}, prepared`);
const dock = flow.functionTask(async (prepared: string) => ({ prepared, energy: -prepared.length }));

/** The body is plain code: it awaits what it has to know, and passes on what it has not. */
const screen = flow.block(async (molecule: string) => {
  const { energy } = await dock(prepare(molecule));
  return { molecule, energy };
});

/** Blocks call blocks. */
const best = flow.block(async (molecules: readonly string[]) => {
  const screened = await Promise.all(molecules.map((molecule) => screen(molecule)));
  return screened.reduce((one, other) => (other.energy < one.energy ? other : one));
});

const { molecule, energy } = await best(["ethanol", "caffeine", "water"]);
console.log(`best: ${molecule}, ${energy}`);

// The program would run for an hour. It ends with its block.
const members: FlowHandle<unknown>[] = [];
const doomed = flow.block(async () => {
  members.push(flow.executableTask(() => "sleep 3600")());
  await prepare("nothing");
  throw new Error("no such molecule");
})();
const outcome = await doomed.settled();
console.log(outcome.ok ? "no failure" : `failed: ${outcome.error.message}`);
console.log(`its member: ${members.map(({ state }) => state).join()}`);

const { nodes } = flow.graph();
console.log(`${nodes.filter(({ block }) => block === "screening.1").length} blocks in the first one`);
