import { packageBuild } from "../../tsup.base.ts";

// The functions are a file of their own: workers import them by URL.
export default packageBuild({ index: "src/index.ts", functions: "src/fixtures/functions.ts" });
