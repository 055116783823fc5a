import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";

/** A directory for a journal, with a `sleep` for the programs of the campaign, which lasts until somebody writes to the pipe `$GATE`. */
async function prepare(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "rhapsody-campaign-"));
  onTestFinished(async () => await rm(directory, { recursive: true }));
  await writeFile(join(directory, "sleep"), '#!/bin/sh\nread -r line < "$GATE"\n', { mode: 0o755 });
  return directory;
}

/** Starts the campaign, and resolves with what it printed: at its end, or when it was killed while the program of a step ran. */
async function campaign(directory: string, killAt?: string): Promise<readonly string[]> {
  const GATE = join(await mkdtemp(join(directory, "life-")), "gate");
  execFileSync("mkfifo", [GATE]);
  const PATH = [directory, process.env["PATH"]].join(delimiter);
  const host = spawn(process.execPath, [join(import.meta.dirname, "campaign.ts"), join(directory, "campaign.db")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PATH, GATE },
  });
  const ended = once(host, "exit");
  onTestFinished(() => void host.kill("SIGKILL"));
  const lines: string[] = [];
  for await (const line of createInterface({ input: host.stdout })) {
    lines.push(line);
    if (!line.endsWith("runs")) continue;
    // Opens once the program reads.
    const gate = await open(GATE, "w");
    if (line === killAt) {
      host.kill("SIGKILL");
      await ended;
    } else await gate.write("\n");
    // The program ends at the latest now.
    await gate.close();
  }
  return lines;
}

it("goes on after its process was killed, and runs nothing again that was done", async () => {
  const directory = await prepare();

  const first = await campaign(directory, "step 3 runs");
  const second = await campaign(directory, "step 5 runs");
  const third = await campaign(directory);
  const fourth = await campaign(directory);

  const runs = (lines: readonly string[]): unknown => lines.filter((line) => line.endsWith("runs"));
  expect(runs(first)).toEqual(["step 1 runs", "step 2 runs", "step 3 runs"]);
  expect(runs(second)).toEqual(["step 3 runs", "step 4 runs", "step 5 runs"]);
  expect(runs(third)).toEqual(["step 5 runs", "step 6 runs"]);
  expect(fourth).toEqual([1, 3, 6, 10, 15, 21].map((total, at) => `step ${at + 1} done: ${total}`));
});
