import { endingsOf } from "../graph/reference.ts";
import type { Seen } from "./violations.ts";

/** Nothing runs after it was shown to be done, before what it takes its values from, or at all when that failed. */
export function checkLedger({ ledger, lives, graph }: Seen): readonly string[] {
  const doneAt = new Map<string, number>();
  for (const message of lives.flatMap(({ messages }) => messages)) {
    if (message.type === "state" && message.state === "DONE") doneAt.set(message.uid, message.ledgerBytes);
  }
  const endings = endingsOf(graph);
  const nodes = new Map(graph.nodes.map((node) => [node.uid, node]));
  const ended = new Set<string>();
  const problems: string[] = [];
  let at = 0;
  for (const line of ledger.split("\n")) {
    const [what, uid = ""] = line.split(" ");
    if (what === "end") ended.add(uid);
    if (what === "start") {
      if (at >= (doneAt.get(uid) ?? Infinity))
        problems.push(`${uid} ran again after its DONE was shown (ledger, byte ${at})`);
      const ending = endings.get(uid);
      if (ending?.state === "FAILED" && ending.code === "DEPENDENCY_FAILED")
        problems.push(`${uid} ran though what it depends on fails`);
      const early =
        nodes
          .get(uid)
          ?.inputs.map((place) => graph.nodes[place]?.uid ?? "")
          .filter((input) => !ended.has(input)) ?? [];
      if (early.length > 0) problems.push(`${uid} ran before ${early.join(", ")} had ended`);
    }
    at += line.length + 1;
  }
  return problems;
}
