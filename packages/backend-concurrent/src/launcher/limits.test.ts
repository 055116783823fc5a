import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { Harness, MEMORY } from "./__fixtures__/harness.ts";

const run = promisify(execFile);
const manyFile = fileURLToPath(new URL("./__fixtures__/many.ts", import.meta.url));

describe.each(["native", "portable"] as const)("a launcher with the %s engine", (engine) => {
  it("runs 600 programs at once under a limit of 256 descriptors, with output captured", async () => {
    expect(await startMany(engine, { limit: 256, count: 600 })).toEqual({ good: 600, leaked: 0 });
  });

  it("keeps the number of its descriptors", async () => {
    await using harness = await Harness.open(engine);
    const count = (): number => readdirSync(`/proc/${harness.launcher.pid}/fd`).length;
    const several = async (times: number): Promise<void> => {
      for (let round = 0; round < times; round += 1) {
        await Promise.all(
          Array.from({ length: 20 }, async () => harness.runSh("cat >&2", { stdin: Buffer.from("x") })),
        );
      }
    };
    await several(1);
    const before = count();

    await several(engine === "native" ? 100 : 10);

    expect(count()).toBe(before);
  });
});

describe("a launcher with the native engine", () => {
  it("runs 10,000 programs at once under a limit of 1,024 descriptors", { timeout: 240_000 }, async () => {
    expect(await startMany("native", { limit: 1024, count: 10_000 })).toEqual({ good: 10_000, leaked: 0 });
  });

  it("reaps orphans of a program that goes on", async () => {
    await using harness = await Harness.open("native");
    const id = harness.sh("for i in 1 2 3 4 5 6 7 8 9; do (sh -c 'exit 0' &); done; echo done; exec sleep 1000", {
      stdout: MEMORY,
    });

    const zombies = async (): Promise<string[]> => {
      const { stdout } = await run("ps", ["--ppid", String(harness.launcher.pid), "-o", "stat="]);
      return stdout.split("\n").filter((state) => state.startsWith("Z"));
    };

    await expect.poll(zombies, { timeout: 60_000, interval: 200 }).toEqual([]);
    await harness.launcher.kill([id], 0);
  });
});

/** Starts many programs from a host under a limit of descriptors. */
async function startMany(engine: string, { limit, count }: { limit: number; count: number }): Promise<unknown> {
  const command = 'ulimit -n "$1" && exec "$2" --conditions=@rhapsody/source "$3" "$4" "$5"';
  const words = ["-c", command, "sh", String(limit), process.execPath, manyFile, engine, String(count)];
  const { stdout } = await run("/bin/sh", words);
  return JSON.parse(stdout) as unknown;
}
