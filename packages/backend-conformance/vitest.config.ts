import { configDefaults } from "vitest/config";
import { packageTests } from "../../vitest.base.ts";

/** The suite against a broken backend for every rule takes minutes, so it has a command of its own: `pnpm test:faults`. */
const faults = process.env["RHAPSODY_TEST_FAULTS"] === "1" ? [] : ["src/faults.test.ts"];

export default packageTests("backend-conformance", { exclude: [...configDefaults.exclude, ...faults] });
