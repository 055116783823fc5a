import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";

/** Starts the campaign, and resolves with what it printed: at its end, or when it was killed right after a line. */
async function campaign(journal: string, killAfter?: string): Promise<readonly string[]> {
  const host = spawn(process.execPath, [join(import.meta.dirname, "campaign.ts"), journal], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(host, "close");
  const lines: string[] = [];
  createInterface(host.stdout).on("line", (line) => {
    lines.push(line);
    if (line === killAfter) host.kill("SIGKILL");
  });
  await ended;
  return lines;
}

it("goes on after its process was killed, and runs nothing again that was done", async () => {
  const directory = await mkdtemp(join(tmpdir(), "rhapsody-campaign-"));
  onTestFinished(async () => await rm(directory, { recursive: true }));
  const journal = join(directory, "campaign.db");

  const first = await campaign(journal, "step 3 runs");
  const second = await campaign(journal, "step 5 runs");
  const third = await campaign(journal);
  const fourth = await campaign(journal);

  const runs = (lines: readonly string[]): unknown => lines.filter((line) => line.endsWith("runs"));
  expect(runs(first)).toEqual(["step 1 runs", "step 2 runs", "step 3 runs"]);
  expect(runs(second)).toEqual(["step 3 runs", "step 4 runs", "step 5 runs"]);
  expect(runs(third)).toEqual(["step 5 runs", "step 6 runs"]);
  expect(fourth).toEqual([1, 3, 6, 10, 15, 21].map((total, at) => `step ${at + 1} done: ${total}`));
});
