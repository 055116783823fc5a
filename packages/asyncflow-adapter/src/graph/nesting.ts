import type { FlowGraph, GraphNode } from "./flow-graph.ts";

/** What drawing a graph needs to know of it. */
export interface Nesting {
  /** Nodes of no block that is shown. */
  readonly top: readonly GraphNode[];
  readonly membersOf: (node: GraphNode) => readonly GraphNode[];
  /** A short name that any language takes, for a uid. */
  readonly idOf: (uid: string) => string;
}

/** Which nodes are drawn inside of which. */
export function nestingOf({ nodes }: FlowGraph): Nesting {
  const ids = new Map(nodes.map(({ uid }, index) => [uid, `n${index + 1}`]));
  const members = Map.groupBy(nodes, ({ block }) => (block !== undefined && ids.has(block) ? block : ""));
  return {
    top: members.get("") ?? [],
    membersOf: ({ uid }) => members.get(uid) ?? [],
    idOf: (uid) => ids.get(uid) ?? "n0",
  };
}

/** What stands in a node: its name, how it stands and how long it took. */
export function captionOf({ name, state, durationMs }: GraphNode): string {
  return durationMs === undefined ? `${name} · ${state}` : `${name} · ${state} · ${durationMs} ms`;
}

/** Fill colour of each state. */
export const COLOURS: Readonly<Record<GraphNode["state"], string>> = {
  NEW: "#ffffff",
  SCHEDULING_PENDING: "#eeeeee",
  EXECUTING_PENDING: "#dde6f0",
  EXECUTING: "#9ec5fe",
  DONE: "#a3cfbb",
  FAILED: "#f1aeb5",
  CANCELLED: "#ffe69c",
};
