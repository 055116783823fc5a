// A host process of its own, for tests that kill it: opens a launcher, starts the scripts that it is given, and tells what happens.
import { Harness } from "./harness.ts";

const [engine, ...scripts] = process.argv.slice(2);
const harness = await Harness.open(engine === "portable" ? "portable" : "native");
process.stdout.write(`helper ${harness.launcher.pid}\n`);
for (const script of scripts) harness.sh(script);
