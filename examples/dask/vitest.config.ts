import { ON_ENGINES, packageTests } from "../../vitest.base.ts";

export default packageTests("dask", ON_ENGINES);
