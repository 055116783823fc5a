import { ConcurrentExecutionBackend } from "@rhapsody/backend-concurrent";
import { WorkflowEngine } from "../engine/workflow-engine.ts";

/** Makes calls that fail in every way, awaits none of them, and goes on to its end. */
const flow = await WorkflowEngine.create({ backend: new ConcurrentExecutionBackend({ resources: { gpus: 0 } }) });
const boom = flow.functionTask(async (_?: unknown): Promise<number> => {
  throw new Error("boom");
});
const first = boom();
const dependents = [boom(first), first.pick("toFixed"), flow.gather([first]), boom.map([1, 2])];
const block = flow.block(async () => {
  boom();
  throw new Error("the block");
})();
const refused = flow.functionTask(() => 1, { resources: { cores: -1 } })();
const program = flow.executableTask(() => "false")();
const cancelled = flow.functionTask(() => new Promise(() => {}))();
void cancelled.cancel();
await flow.drain();
// A rejection that nobody handles is told in the turn after.
await new Promise(setImmediate);
const states = [first, ...dependents, block, refused, program, cancelled].map(({ state }) => state);
await flow.shutdown();
console.log(states.join(" "));
