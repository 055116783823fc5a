import type { SamplingOptions } from "@rhapsody/core";
import type { PromptForm } from "../options/backend-options.ts";

/** How work is asked for where it does not say itself. */
export interface Manner {
  readonly form: PromptForm;
  readonly model: string | undefined;
  readonly defaults: SamplingOptions;
  /** Whom it is for: owners take turns. */
  readonly owner: string;
}
