import { packageBuild } from "../../tsup.base.ts";

export default packageBuild({
  index: "src/index.ts",
  // The file that the journal's thread runs; found beside the bundle.
  "journal-thread": "src/workers/journal-thread.ts",
});
