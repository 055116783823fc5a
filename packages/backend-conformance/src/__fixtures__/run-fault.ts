import type { ConformanceOptions } from "../suite/conformance-options.ts";
import { capabilitiesFor, type Fault } from "./faults/fault.ts";
import { ReferenceBackend } from "./reference/reference-backend.ts";
import { runSuite, type SuiteReport } from "./run-suite.ts";

/** Runs the suite, or the topics that the fault asks for, over the reference backend broken in one way. */
export function runFault(fault: Fault, options: ConformanceOptions): Promise<SuiteReport> {
  return runSuite(() => fault.breaks(new ReferenceBackend(capabilitiesFor(fault.kinds))), {
    timeoutMs: fault.timeoutMs ?? 5000,
    ...options,
    only: fault.topics,
  });
}
