import { spawn } from "node:child_process";
import { once } from "node:events";
import { inLanes, measureRate, readSettings } from "../contender.ts";

const { parallelism } = readSettings();

await measureRate((tasks) =>
  inLanes(tasks, parallelism, async (index) => {
    const child = spawn("/bin/true", [String(index)], { stdio: ["ignore", "pipe", "pipe"] });
    const output: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk));
    // The listener's arguments, as node:child_process documents them.
    const [exitCode] = (await once(child, "close")) as [number | null];
    if (exitCode !== 0) throw new Error(`/bin/true ended with ${exitCode}: ${Buffer.concat(output).toString()}`);
  }),
);
