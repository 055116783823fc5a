import { endingsOf, type Ending } from "../graph/reference.ts";
import type { Outcome } from "../host/message.ts";
import type { Seen } from "./violations.ts";

/** The last life has every task settled as the reference says. */
export function checkEndings({ lives, graph }: Seen): readonly string[] {
  const settled = lives.at(-1)?.messages.findLast((message) => message.type === "settled");
  if (settled?.type !== "settled") return ["the campaign did not come to its end"];
  const outcomes = new Map(settled.outcomes.map((outcome) => [outcome.uid, outcome]));
  return [...endingsOf(graph)].flatMap(([uid, wanted]) => {
    const outcome = outcomes.get(uid);
    return agree(outcome, wanted) ? [] : [`${uid} ended ${JSON.stringify(outcome)}, not ${JSON.stringify(wanted)}`];
  });
}

function agree(outcome: Outcome | undefined, wanted: Ending): boolean {
  if (outcome?.state !== wanted.state) return false;
  if (wanted.state === "FAILED") return outcome.code === wanted.code;
  return outcome.value === wanted.value && outcome.form === wanted.form;
}
