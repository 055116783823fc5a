import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { measureRate, readSettings } from "../contender.ts";

const { parallelism } = readSettings();

await measureRate(async (tasks) => {
  const child = spawn("xargs", [`-P${parallelism}`, "-n1", "/bin/true"], { stdio: "pipe" });
  const closed = once(child, "close");
  child.stdin.end(Array.from({ length: tasks }, (_, index) => `${index}\n`).join(""));
  const [stderr] = await Promise.all([text(child.stderr), text(child.stdout)]);
  // The listener's arguments, as node:child_process documents them.
  const [exitCode] = (await closed) as [number | null];
  if (exitCode !== 0) throw new Error(`xargs ended with ${exitCode}: ${stderr}`);
});
