import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Graph } from "../graph/graph.ts";

/** Where a round has its files. Only these outlive a host. */
export interface Places {
  readonly graph: string;
  readonly journal: string;
  readonly ledger: string;
  readonly workDir: string;
}

/** The places of a round in its directory. */
export function placesIn(directory: string): Places {
  return {
    graph: join(directory, "graph.json"),
    // A file system of its own, so that it can be filled.
    journal: join(directory, "disk", "run.db"),
    ledger: join(directory, "ledger.txt"),
    workDir: join(directory, "work"),
  };
}

export function readGraph({ graph }: Places): Graph {
  // Written by the round.
  return JSON.parse(readFileSync(graph, "utf8")) as Graph;
}
