import { packageTests } from "../../vitest.base.ts";

export default packageTests("python-bridge");
