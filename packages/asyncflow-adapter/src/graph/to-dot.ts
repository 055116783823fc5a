import type { FlowGraph, GraphNode } from "./flow-graph.ts";
import { captionOf, COLOURS, nestingOf } from "./nesting.ts";

/** A graph in the DOT language (graphviz.org/doc/info/lang.html). */
export function toDot(graph: FlowGraph): string {
  const { top, membersOf, idOf } = nestingOf(graph);
  const lines = ["digraph flow {", '  node [shape=box, style="rounded,filled"];'];
  const draw = (node: GraphNode, indent: string): void => {
    const members = membersOf(node);
    const box = `${idOf(node.uid)} [label=${quote(captionOf(node))}, fillcolor="${COLOURS[node.state]}"];`;
    if (members.length === 0) {
      lines.push(indent + box);
      return;
    }
    // A cluster has no edges of its own, so the block is a node in it.
    lines.push(
      `${indent}subgraph cluster_${idOf(node.uid)} {`,
      `${indent}  label=${quote(node.name)};`,
      `${indent}  ${box}`,
    );
    for (const member of members) draw(member, `${indent}  `);
    lines.push(`${indent}}`);
  };
  for (const node of top) draw(node, "  ");
  for (const { from, to } of graph.edges) lines.push(`  ${idOf(from)} -> ${idOf(to)};`);
  return `${lines.join("\n")}\n}\n`;
}

function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
