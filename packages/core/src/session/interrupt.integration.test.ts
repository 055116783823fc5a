import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished, vi } from "vitest";

// Starting a process takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

/** A process with a session in which a task runs, once it is ready. */
async function host(...asked: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../__fixtures__/interrupted-host.ts"), ...asked]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    for (const look of waiting) look();
  });
  let complaints = "";
  child.stderr.on("data", (text: Buffer) => (complaints += text.toString()));
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  /** Resolves once the process has said something, so many times. */
  const said = (line: string, times = 1): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (lines.filter((other) => other === line).length < times) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  await Promise.race([said("ready"), ended.then(() => expect.fail(complaints))]);
  return { child, lines, said, ended, complaints: () => complaints };
}

it("closes the session in order on the first Ctrl-C, and ends by the signal", async () => {
  const { child, lines, ended, complaints } = await host();

  child.kill("SIGINT");

  expect(await ended).toEqual([null, "SIGINT"]);
  expect(lines).toEqual(["ready", "closing 0", "closed 0", "task CANCELLED"]);
  expect(complaints()).toContain("interrupted: cancelling 1 tasks and closing; Ctrl-C again leaves at once");
});

it("leaves at once on the second", async () => {
  const { child, said, ended, complaints } = await host("hang");

  child.kill("SIGINT");
  await said("closing 0");
  child.kill("SIGINT");

  expect(await ended).toEqual([null, "SIGINT"]);
  expect(complaints()).toContain("interrupted again");
});

it("closes the session and lets a process with a listener of its own go on", async () => {
  const { child, lines, said, ended } = await host("own-listener");

  child.kill("SIGINT");
  await said("closed 0");
  child.stdin.write("end\n");

  expect(await ended).toEqual([7, null]);
  expect(lines.slice(0, 4)).toEqual(["ready", "host heard", "closing 0", "closed 0"]);
});

it("does not end a process with a listener of its own on the second Ctrl-C either", async () => {
  const { child, said, ended } = await host("own-listener", "hang");

  child.kill("SIGINT");
  await said("closing 0");
  child.kill("SIGINT");
  await said("host heard", 2);
  child.stdin.write("end\n");

  expect(await ended).toEqual([7, null]);
});

it("closes all sessions of the process before it ends, without a warning about their number", async () => {
  const { child, lines, ended, complaints } = await host("many-sessions");

  child.kill("SIGINT");

  expect(await ended).toEqual([null, "SIGINT"]);
  expect(lines.filter((line) => line.startsWith("closed"))).toHaveLength(20);
  expect(lines).not.toContain("MaxListenersExceededWarning");
  expect(complaints()).not.toContain("MaxListenersExceededWarning");
});

it("leaves at once on the second with many sessions, too", async () => {
  const { child, said, ended } = await host("many-sessions", "hang");

  child.kill("SIGINT");
  await said("closing 0");
  child.kill("SIGINT");

  expect(await ended).toEqual([null, "SIGINT"]);
});

it("has nothing to say once the session was closed", async () => {
  const { child, lines, ended } = await host("closed-before");

  child.kill("SIGINT");

  expect(await ended).toEqual([null, "SIGINT"]);
  expect(lines.at(-1)).toBe("ready");
});

it("leaves Ctrl-C alone when told to", async () => {
  const { child, lines, ended } = await host("no-handling");

  child.kill("SIGINT");

  expect(await ended).toEqual([null, "SIGINT"]);
  expect(lines).toEqual(["ready"]);
});
