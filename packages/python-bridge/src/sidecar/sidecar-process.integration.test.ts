import { expect, it } from "vitest";
import { SidecarProcess } from "./sidecar-process.ts";

function start(argv: readonly string[]): SidecarProcess {
  const environment = { PATH: process.env["PATH"] };
  return new SidecarProcess({
    guard: [],
    sidecar: { argv, environment },
    scratch: "/none",
    leaveMs: 1_000,
    onLine: () => {},
  });
}

it.each([
  ["an exit code", "exit 3", "ended with exit code 3"],
  ["a signal", "kill -TERM $$", "was killed by SIGTERM"],
  ["a signal of what the guard ran", "exit 139", "was killed by SIGSEGV"],
  ["a kill", "kill -KILL $$", "was killed by SIGKILL, perhaps by the system for lack of memory"],
])("tells of %s in words", async (_, script, words) => {
  const process = start(["sh", "-c", `echo last >&2; ${script}`]);

  expect(await process.ended).toBe(words);
  expect(process.lastWords).toBe("last");
});

it("tells of a program that cannot be started", async () => {
  const process = start(["/nowhere/python"]);

  expect(process.started).toBe(false);
  expect(await process.ended).toBe("could not be started: spawn /nowhere/python ENOENT");
  await process.end();
});

it("ends a process that does not mind its lifeline", async () => {
  const process = start(["sh", "-c", "trap '' TERM; sleep 600"]);

  await process.end();

  expect(await process.ended).toContain("SIGKILL");
});
