import type { FlowNode } from "./flow-node.ts";
import { blocksAround, type Scope } from "./scope.ts";

/** True when a node is a block around the calling code, or waits for one: waiting for it there would never end. */
export function waitsForBlock(node: FlowNode, scope: Scope): boolean {
  if (scope.block === undefined || node.outcome !== undefined) return false;
  const around = new Set(blocksAround(scope));
  const seen = new Set<FlowNode>();
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (around.has(next)) return true;
    // What was called inside of these blocks was looked at when it was built.
    if (seen.has(next) || (next !== node && next.scope.block !== undefined && around.has(next.scope.block))) continue;
    seen.add(next);
    for (const dependency of next.dependencies) if (dependency.outcome === undefined) open.push(dependency);
  }
  return false;
}
