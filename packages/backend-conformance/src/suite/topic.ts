import type { BackendCapabilities } from "@rhapsody/core";
import type { Trial } from "../trial/trial.ts";
import type { WorkKind } from "./conformance-options.ts";
import type { Settings } from "./settings.ts";

/** A group of tests about one side of the contract. */
export interface Topic {
  /** First part of its tests' ids, such as `cancel`. */
  readonly id: string;
  readonly title: string;
  /** The tests that a backend with these capabilities must pass. */
  tests(subject: Subject): readonly ConformanceTest[];
}

/** One rule of the contract, as a test. */
export interface ConformanceTest {
  /** Stable name within the topic; a part per kind of work comes last, as in `order/inline`. */
  readonly id: string;
  /** What the backend does, in the present tense. */
  readonly title: string;
  /** Rejects with an `AssertionError` when the backend does not do it. */
  run(trial: Trial): Promise<void>;
}

/** What decides which tests there are. */
export interface Subject {
  readonly capabilities: BackendCapabilities;
  /** Kinds of work that the capabilities list. */
  readonly kinds: readonly WorkKind[];
  readonly settings: Settings;
}

/** A test, in the order in which it reads best. */
export function test(id: string, title: string, run: (trial: Trial) => Promise<void>): ConformanceTest {
  return { id, title, run };
}

/** The kinds of work that capabilities list, functions by their kind; embeddings, which are over in no time, have a topic of their own. */
export function workKinds(capabilities: BackendCapabilities): readonly WorkKind[] {
  return capabilities.taskKinds.flatMap((kind): readonly WorkKind[] => {
    if (kind === "function") return capabilities.functionKinds;
    return kind === "embedding" ? [] : [kind];
  });
}
