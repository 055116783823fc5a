import { packageTests } from "../../vitest.base.ts";

export default packageTests("first-steps", { testTimeout: 60_000, hookTimeout: 60_000 });
