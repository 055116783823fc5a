import { cancelFaults } from "./cancel-faults.ts";
import { closeFaults } from "./close-faults.ts";
import type { Fault } from "./fault.ts";
import { functionFaults } from "./function-faults.ts";
import { lifeCycleFaults } from "./life-cycle-faults.ts";
import { programFailureFaults } from "./program-failure-faults.ts";
import { programInputFaults } from "./program-input-faults.ts";
import { programOutputFaults } from "./program-output-faults.ts";
import { promptFaults } from "./prompt-faults.ts";
import { reportFaults } from "./report-faults.ts";
import { submitFaults } from "./submit-faults.ts";

export const faults: readonly Fault[] = [
  ...lifeCycleFaults,
  ...submitFaults,
  ...reportFaults,
  ...programInputFaults,
  ...programOutputFaults,
  ...programFailureFaults,
  ...functionFaults,
  ...promptFaults,
  ...cancelFaults,
  ...closeFaults,
];
