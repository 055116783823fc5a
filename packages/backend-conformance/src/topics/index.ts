import type { Topic } from "../suite/topic.ts";
import { cancelFunctions } from "./cancel-functions.ts";
import { cancelPrograms } from "./cancel-programs.ts";
import { cancel } from "./cancel.ts";
import { close } from "./close.ts";
import { contract } from "./contract.ts";
import { embeddings } from "./embeddings.ts";
import { functionContext } from "./function-context.ts";
import { functionFailures } from "./function-failures.ts";
import { functionValues } from "./function-values.ts";
import { lifeCycle } from "./life-cycle.ts";
import { programFailures } from "./program-failures.ts";
import { programInput } from "./program-input.ts";
import { programOutput } from "./program-output.ts";
import { prompts } from "./prompts.ts";
import { session } from "./session.ts";
import { states } from "./states.ts";
import { submit } from "./submit.ts";
import { volume } from "./volume.ts";

/** All topics, from the simplest promise to the hardest. */
export const topics: readonly Topic[] = [
  contract,
  lifeCycle,
  submit,
  states,
  programInput,
  programOutput,
  programFailures,
  functionValues,
  functionFailures,
  functionContext,
  prompts,
  embeddings,
  cancel,
  cancelPrograms,
  cancelFunctions,
  close,
  volume,
  session,
];
