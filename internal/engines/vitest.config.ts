import { ON_ENGINES, packageTests } from "../../vitest.base.ts";

export default packageTests("engines", ON_ENGINES);
