import { ON_ENGINES, packageTests } from "../../vitest.base.ts";

export default packageTests("markdown", ON_ENGINES);
