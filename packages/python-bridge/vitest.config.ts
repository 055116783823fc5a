import { ON_ENGINES, packageTests } from "../../vitest.base.ts";

export default packageTests("python-bridge", ON_ENGINES);
