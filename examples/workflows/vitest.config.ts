import { ON_ENGINES, packageTests } from "../../vitest.base.ts";

export default packageTests("workflows", { ...ON_ENGINES, testTimeout: 60_000, hookTimeout: 60_000 });
