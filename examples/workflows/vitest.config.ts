import { packageTests } from "../../vitest.base.ts";

export default packageTests("workflows", { testTimeout: 60_000, hookTimeout: 60_000 });
