import { enginePython } from "@rhapsody-internal/engines";
import { describeBackend } from "@rhapsody/backend-conformance";
import { describe, it } from "vitest";
import { ConcurrentExecutionBackend } from "./index.ts";

const python = await enginePython("python-tools");

// Only what hangs takes so long, on a machine under load too.
const timeoutMs = 60_000;

describeBackend({ describe, it }, () => new ConcurrentExecutionBackend({ python }), {
  title: "contract backend/1, functions in threads",
  timeoutMs,
});

// Programs and closures run alike under both kinds of isolation.
describeBackend({ describe, it }, () => new ConcurrentExecutionBackend({ isolation: "process", python }), {
  title: "contract backend/1, functions in processes",
  timeoutMs,
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
