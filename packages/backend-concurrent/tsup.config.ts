import { packageBuild } from "../../tsup.base.ts";

export default packageBuild({
  index: "src/index.ts",
  // Files that processes and threads of the backend run; found beside the bundle.
  "launcher-process": "src/launcher/launcher-process.ts",
  "worker-process": "src/workers/worker-process.ts",
  "worker-thread": "src/workers/worker-thread.ts",
});
