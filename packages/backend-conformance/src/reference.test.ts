import { afterAll, describe, it } from "vitest";
import { ReferenceBackend } from "./__fixtures__/reference/reference-backend.ts";
import { describeBackend } from "./index.ts";

const prompts = { failing: { model: "missing" }, long: { model: "slow" } };

describeBackend({ describe, it, afterAll }, () => new ReferenceBackend(), { smallTasks: 20, prompts });
