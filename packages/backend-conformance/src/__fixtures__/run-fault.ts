import { topics } from "../topics/index.ts";
import type { ConformanceOptions } from "../suite/conformance-options.ts";
import { toSettings } from "../suite/settings.ts";
import { capabilitiesFor, type Fault } from "./faults/fault.ts";
import { ReferenceBackend } from "./reference/reference-backend.ts";
import { runSuite, type SuiteReport } from "./run-suite.ts";

/** Runs the suite, or the topics that the fault asks for, over the reference backend broken in one way. */
export function runFault(fault: Fault, options: ConformanceOptions): Promise<SuiteReport> {
  const { capabilities } = new ReferenceBackend(capabilitiesFor(fault.kinds));
  const left = topics
    .filter(({ id }) => fault.topics?.includes(id) === false)
    .filter((topic) => topic.tests({ capabilities, kinds: fault.kinds, settings: toSettings(options) }).length > 0);
  return runSuite(() => fault.breaks(new ReferenceBackend(capabilities)), {
    timeoutMs: fault.timeoutMs ?? 5000,
    ...options,
    except: Object.fromEntries(left.map(({ id }) => [id, "it shows nothing more about this fault"])),
  });
}

/** Tells whether a test belongs to one of some groups of tests. */
export function isAmong(id: string, groups: readonly string[]): boolean {
  return groups.some((group) => id === group || id.startsWith(`${group}/`));
}
