import type { FlowNode } from "./flow-node.ts";

/** Where a task is called. */
export interface Scope {
  /** The block whose member it becomes. */
  readonly block: FlowNode | undefined;
  /** Label of its workflow. */
  readonly workflow: string | undefined;
}

/** The scope outside of blocks and workflows. */
export const TOP: Scope = Object.freeze({ block: undefined, workflow: undefined });

/** The blocks around a scope, innermost first. */
export function* blocksAround(scope: Scope): Iterable<FlowNode> {
  for (let { block } = scope; block !== undefined; block = block.scope.block) yield block;
}
