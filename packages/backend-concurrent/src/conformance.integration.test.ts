import { describeBackend } from "@rhapsody/backend-conformance";
import { describe, it } from "vitest";
import { ConcurrentExecutionBackend } from "./index.ts";

describeBackend({ describe, it }, () => new ConcurrentExecutionBackend(), {
  title: "contract backend/1, functions in threads",
});

// Programs and closures run alike under both kinds of isolation.
describeBackend({ describe, it }, () => new ConcurrentExecutionBackend({ isolation: "process" }), {
  title: "contract backend/1, functions in processes",
  only: [
    "states/done/module",
    "states/order/module",
    "states/failed/module",
    "function-values",
    "function-failures",
    "function-context",
    "cancel/queued/module",
    "cancel/running/module",
    "cancel-functions",
    "close/running/module",
    "session/graph/module",
    "volume/few-submits/module",
  ],
});
