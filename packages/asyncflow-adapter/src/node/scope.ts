import type { FlowNode } from "./flow-node.ts";

/** Where a task is called. */
export interface Scope {
  /** The block whose member it becomes. */
  readonly block: FlowNode | undefined;
  /** Label of its workflow. */
  readonly workflow: string | undefined;
  /** The run of that block's body. */
  readonly run?: BlockRun;
}

/** One run of a block's body: the first, or a later one when it is tried again. */
export interface BlockRun {
  /** Begin of the uids of what it calls. Each run counts anew, so that a program which is started again finds the calls of each. */
  readonly prefix: string;
  /** How many calls it made. */
  calls: number;
  /** Why it was stopped, or failed; what it calls from then on is cancelled. */
  stopped: string | undefined;
}

/** The scope outside of blocks and workflows. */
export const TOP: Scope = Object.freeze({ block: undefined, workflow: undefined });

/** The blocks around a scope, innermost first. */
export function* blocksAround(scope: Scope): Iterable<FlowNode> {
  for (let { block } = scope; block !== undefined; block = block.scope.block) yield block;
}
