import { ON_ENGINES, packageTests } from "../../vitest.base.ts";

export default packageTests("workflows", ON_ENGINES);
