import { expect, it } from "vitest";
import { runCommand } from "./command.ts";

it("collects what a command prints, and its exit code", async () => {
  expect(await runCommand(["sh", "-c", "echo out; echo err >&2; exit 3"])).toEqual({
    exitCode: 3,
    output: "out\nerr\n",
  });
});

it("runs the workspace's own node", async () => {
  const { output } = await runCommand(["node", "--version"]);

  expect(output.trim()).toBe(process.version);
});

it("kills a command that takes too long, with all that it started", async () => {
  const { exitCode, output } = await runCommand(["sh", "-c", "sleep 600 & sleep 600"], { limitMs: 100 });

  expect(exitCode).not.toBe(0);
  expect(output).toContain("stopped: it took longer than 0.1 s");
});

it("rejects when there is no such program", async () => {
  await expect(runCommand(["no-such-program"])).rejects.toMatchObject({ code: "ENOENT" });
});
