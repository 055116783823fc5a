import { ON_ENGINES, packageTests } from "../vitest.base.ts";

export default packageTests("bench", ON_ENGINES);
