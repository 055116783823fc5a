import { ON_ENGINES, packageTests } from "../../vitest.base.ts";

export default packageTests("backend-dask", ON_ENGINES);
