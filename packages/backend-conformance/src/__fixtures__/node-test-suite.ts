import { after, describe, it } from "node:test";
import { describeBackend } from "../index.ts";
import { capabilitiesFor } from "./faults/fault.ts";
import { ReferenceBackend } from "./reference/reference-backend.ts";

// Run by node-test.integration.test.ts, in a process of its own.
const { RHAPSODY_EXCEPT = "" } = process.env;

describeBackend({ describe, it, afterAll: after }, () => new ReferenceBackend(capabilitiesFor(["inline"])), {
  opening: "shared",
  smallTasks: 100,
  ...(RHAPSODY_EXCEPT !== "" && { except: { [RHAPSODY_EXCEPT]: "closures here are never let go of" } }),
});
