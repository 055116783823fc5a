import type { Fault } from "./fault.ts";

/** The rest of the suite runs programs too, but looks at other things. */
export const programs: Pick<Fault, "kinds" | "topics"> = {
  kinds: ["executable"],
  topics: ["states", "program-input", "program-output", "program-failures"],
};
