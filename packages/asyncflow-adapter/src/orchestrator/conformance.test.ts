import { describeBackend } from "@rhapsody/backend-conformance";
import { describe, it } from "vitest";
import { OrchestratorBackend } from "./orchestrator-backend.ts";

describeBackend({ describe, it }, () => new OrchestratorBackend("orchestrator"));
