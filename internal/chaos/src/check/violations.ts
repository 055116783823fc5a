import type { Round } from "../run/round.ts";
import { checkCheckpoints } from "./checkpoints.ts";
import { checkDescriptors } from "./descriptors.ts";
import { checkEndings } from "./endings.ts";
import { checkJournal } from "./journal.ts";
import { checkLedger } from "./ledger.ts";
import { checkProcesses } from "./processes.ts";
import { checkSecrets } from "./secrets.ts";
import { checkStates } from "./states.ts";

/** What was seen of a campaign. */
export type Seen = Omit<Round, "violations">;

/** What must not be, in words. */
export type Check = (seen: Seen) => readonly string[];

const CHECKS: readonly Check[] = [
  checkProcesses,
  checkCheckpoints,
  checkDescriptors,
  checkStates,
  checkLedger,
  checkEndings,
  checkJournal,
  checkSecrets,
];

/** What of all that must not be was seen. */
export function violationsOf(seen: Seen): readonly string[] {
  return CHECKS.flatMap((check) => check(seen));
}
