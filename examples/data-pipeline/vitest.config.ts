import { packageTests } from "../../vitest.base.ts";

export default packageTests("data-pipeline", { testTimeout: 60_000, hookTimeout: 60_000 });
