import { packageBuild } from "../../tsup.base.ts";

export default packageBuild({
  index: "src/index.ts",
  // What Node.js runs where a function of a module is called; found beside the bundle.
  "call-process": "src/workers/call-process.ts",
});
