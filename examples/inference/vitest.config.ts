import { packageTests, SHARES_VLLM } from "../../vitest.base.ts";

export default packageTests("inference", SHARES_VLLM);
