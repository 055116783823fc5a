// A host of its own with an engine in it that holds a lifeline, for tests that kill the host.
import { silentLogger } from "@rhapsody/core";
import { openEngine } from "../index.ts";

const [python = "", directory = "", workDir = "", family = "", what = ""] = process.argv.slice(2);
const handle = await openEngine(
  { backend: "held", python, requires: [], engine: { module: "trouble_engine", directory }, settings: { family } },
  {
    sessionUid: "session.test",
    workDir,
    logger: silentLogger,
    epoch: 1,
    signal: new AbortController().signal,
    environment: {},
    report: () => {},
    capacity: () => {},
    observe: () => {},
    lost: () => {},
  },
);
process.stdout.write("open\n");
if (what === "busy") await handle.call("hold the interpreter", 30);
