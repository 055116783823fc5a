import type { FlowGraph, GraphNode } from "./flow-graph.ts";
import { captionOf, COLOURS, nestingOf } from "./nesting.ts";

/** A graph as a Mermaid flowchart (mermaid.js.org, "Flowcharts"). */
export function toMermaid(graph: FlowGraph): string {
  const { top, membersOf, idOf } = nestingOf(graph);
  const lines = ["flowchart TD"];
  const draw = (node: GraphNode, indent: string): void => {
    const members = membersOf(node);
    const caption = `["${escape(captionOf(node))}"]`;
    if (members.length === 0) {
      lines.push(`${indent}${idOf(node.uid)}${caption}:::${node.state}`);
      return;
    }
    lines.push(`${indent}subgraph ${idOf(node.uid)}${caption}`);
    for (const member of members) draw(member, `${indent}  `);
    lines.push(`${indent}end`, `${indent}class ${idOf(node.uid)} ${node.state}`);
  };
  for (const node of top) draw(node, "  ");
  for (const { from, to } of graph.edges) lines.push(`  ${idOf(from)} --> ${idOf(to)}`);
  const states = new Set(graph.nodes.map(({ state }) => state));
  for (const state of states) lines.push(`  classDef ${state} fill:${COLOURS[state]},color:#000`);
  return `${lines.join("\n")}\n`;
}

/** Mermaid takes entities by `#name;` and numbers. */
function escape(text: string): string {
  return text.replaceAll(/["#<>&\n\r`]/g, (character) => `#${character.charCodeAt(0)};`);
}
