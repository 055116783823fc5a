// A host process of its own, for tests that limit its descriptors: starts many programs at once and counts how they end.
import { readdirSync } from "node:fs";
import { Harness } from "./harness.ts";

const [engine, count] = process.argv.slice(2);
await using harness = await Harness.open(engine === "portable" ? "portable" : "native");
void harness.lost.then((error) => {
  throw error;
});
const total = Number(count);
const descriptors = readdirSync("/proc/self/fd").length;
for (let started = 0; started < total; started += 1) harness.sh("echo out; echo err >&2");
await harness.wait(() => harness.events.filter(({ type }) => type !== "started").length >= total);
const ended = harness.events.filter((event) => event.type === "exited");
const good = ended.filter(({ exitCode, stdout, stderr }) => exitCode === 0 && stdout?.totalBytes === 4 && stderr?.totalBytes === 4);
const leaked = readdirSync("/proc/self/fd").length - descriptors;
process.stdout.write(JSON.stringify({ good: good.length, leaked, failed: harness.events.find(({ type }) => type === "failed") }));
