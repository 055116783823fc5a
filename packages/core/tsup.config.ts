import { packageBuild } from "../../tsup.base.ts";

export default packageBuild({
  index: "src/index.ts",
  "testing/index": "src/testing/index.ts",
  // Apart from the rest, so that a worker which runs a function loads this and no more.
  "task/task-context": "src/task/task-context.ts",
});
