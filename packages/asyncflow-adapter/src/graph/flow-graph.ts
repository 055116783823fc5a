import type { TaskState } from "@rhapsody/core";
import type { FlowKind, FlowNode } from "../node/flow-node.ts";
import { toDot } from "./to-dot.ts";
import { toMermaid } from "./to-mermaid.ts";

/** One call as a graph shows it. */
export interface GraphNode {
  readonly uid: string;
  readonly name: string;
  readonly kind: FlowKind;
  readonly state: TaskState;
  /** Uid of the block that it was called in. */
  readonly block?: string;
  /** Label of its workflow. */
  readonly workflowId?: string;
  /** Name of the backend that does the work. */
  readonly backend?: string;
  /** Attempts made, once it has settled. */
  readonly attempts?: number;
  /** When it began to run, in Unix milliseconds. */
  readonly startedAt?: number;
  /** When it settled, in Unix milliseconds. */
  readonly finishedAt?: number;
  /** How long its last attempt ran, in milliseconds. */
  readonly durationMs?: number;
  /** Text of its failure. */
  readonly error?: string;
}

/** One call waits for another. */
export interface GraphEdge {
  /** Uid of the one that is waited for. */
  readonly from: string;
  /** Uid of the one that waits. */
  readonly to: string;
}

/** The calls of an engine as they stood when it was asked: those not settled, and the latest that are. */
export class FlowGraph {
  readonly nodes: readonly GraphNode[];
  /** Only between calls that are shown. */
  readonly edges: readonly GraphEdge[];

  /** @internal Graphs come from `flow.graph()`. */
  constructor(nodes: Iterable<FlowNode>) {
    const shown = [...nodes];
    const uids = new Set(shown.map(({ uid }) => uid));
    this.nodes = shown.map(toGraphNode);
    this.edges = shown.flatMap(({ uid, dependencyUids }) =>
      dependencyUids.filter((from) => uids.has(from)).map((from) => ({ from, to: uid })),
    );
  }

  /** The graph as a Mermaid flowchart, blocks as subgraphs, states as colours. */
  toMermaid(): string {
    return toMermaid(this);
  }

  /** The graph in the DOT language of Graphviz, blocks as clusters. */
  toDot(): string {
    return toDot(this);
  }

  /** The graph as plain data. */
  toJSON(): { readonly nodes: readonly GraphNode[]; readonly edges: readonly GraphEdge[] } {
    return { nodes: this.nodes, edges: this.edges };
  }
}

function toGraphNode({ uid, name, kind, state, scope, work, outcome }: FlowNode): GraphNode {
  const { started, finished } = outcome === undefined ? {} : (work?.result?.times ?? {});
  const { backend } = work ?? {};
  return {
    uid,
    name,
    kind,
    state,
    ...(scope.block !== undefined && { block: scope.block.uid }),
    ...(scope.workflow !== undefined && { workflowId: scope.workflow }),
    ...(backend !== undefined && { backend }),
    ...(work?.attempts !== undefined && { attempts: work.attempts }),
    ...(started !== undefined && { startedAt: started }),
    ...(finished !== undefined && { finishedAt: finished }),
    ...(started !== undefined && finished !== undefined && { durationMs: finished - started }),
    ...(outcome?.ok === false && { error: outcome.error.message }),
  };
}
