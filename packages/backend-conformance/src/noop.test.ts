import { NoopExecutionBackend } from "@rhapsody/core";
import { describe, it } from "vitest";
import { describeBackend } from "./index.ts";

describeBackend({ describe, it }, () => new NoopExecutionBackend(), {
  title: "NoopExecutionBackend",
  // It ends every task at once and well, so nothing can be under way, fail, or have output.
  only: [
    "contract",
    "life-cycle",
    "submit/empty",
    "submit/attempts",
    "states/done",
    "states/order",
    "states/shape",
    "cancel/unknown",
    "cancel/ended",
    "cancel/nothing",
    "close/during-submit",
    "volume",
    "session/graph",
    "session/drain",
    "session/one-session",
  ],
});
