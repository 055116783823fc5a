import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";

const program = join(import.meta.dirname, "../__fixtures__/signalled-host.ts");

/** A process with a session in which a task runs, once it is ready. */
async function host(...asked: string[]) {
  return await started(process.execPath, [program, ...asked]);
}

/** A process that starts a host, once that is ready. */
async function started(executable: string, args: readonly string[]) {
  // A process that leaves at once leaves its session's directory, too.
  const TMPDIR = await mkdtemp(join(tmpdir(), "signalled-"));
  const child = spawn(executable, args, { env: { ...process.env, TMPDIR } });
  const lines: string[] = [];
  let complaints = "";
  const waiting = new Set<() => void>();
  const lookAgain = (): void => waiting.forEach((look) => look());
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    lookAgain();
  });
  child.stderr.on("data", (text: Buffer) => {
    complaints += text.toString();
    lookAgain();
  });
  const ended = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(TMPDIR, { recursive: true });
  });
  const when = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  /** Resolves once the process has said something, so many times. */
  const said = (line: string, times = 1): Promise<void> =>
    when(() => lines.filter((other) => other === line).length >= times);
  /** Resolves once its log has a text. */
  const logged = (text: string): Promise<void> => when(() => complaints.includes(text));
  await Promise.race([said("ready"), ended.then(() => expect.fail(complaints))]);
  return { child, lines, said, logged, ended, complaints: () => complaints };
}

describe("Ctrl-C", () => {
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

  it("says how the rest can be run later, when a journal has it", async () => {
    const { child, ended, complaints } = await host("resumable");

    child.kill("SIGINT");

    expect(await ended).toEqual([null, "SIGINT"]);
    expect(complaints()).toContain('Ctrl-C again leaves at once; resume it with Session.resume("run.db")');
  });

  it("leaves Ctrl-C alone when told to", async () => {
    const { child, lines, ended } = await host("no-handling");

    child.kill("SIGINT");

    expect(await ended).toEqual([null, "SIGINT"]);
    expect(lines).toEqual(["ready"]);
  });
});

describe("a signal that says that the time is up", () => {
  it("closes the session in order, and the process ends by it", async () => {
    const { child, lines, ended, complaints } = await host("handle-signals");

    child.kill("SIGTERM");

    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(lines).toEqual(["ready", "closing 0", "closed 0", "task CANCELLED"]);
    expect(complaints()).toContain(
      "SIGTERM: closing with 1 unfinished tasks; without a journal they are lost; SIGTERM again leaves at once",
    );
  });

  it("ends the process with a code of its own when a journal has the rest", async () => {
    const { child, lines, ended, complaints } = await host("handle-signals", "resumable");

    child.kill("SIGTERM");

    expect(await ended).toEqual([75, null]);
    expect(lines).toEqual(["ready", "closing 0", "closed 0", "task CANCELLED"]);
    expect(complaints()).toContain('1 unfinished tasks; resume it with Session.resume("run.db")');
  });

  it("speaks of no loss when nothing is left to run", async () => {
    const { child, said, ended, complaints } = await host("handle-signals", "resumable");

    child.stdin.write("finish\n");
    await said("task DONE");
    child.kill("SIGTERM");

    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(complaints()).toContain("SIGTERM: closing with 0 unfinished tasks; SIGTERM again leaves at once");
  });

  it("ends the process with the code that was asked for", async () => {
    const { child, ended } = await host("handle-signals", "resumable", "other-code");

    child.kill("SIGTERM");

    expect(await ended).toEqual([42, null]);
  });

  it("can be another one", async () => {
    const hosts = await Promise.all([0, 1].map(() => host("handle-signals", "other-signals", "resumable")));

    hosts[0]?.child.kill("SIGUSR1");
    hosts[1]?.child.kill("SIGUSR2");

    expect(await Promise.all(hosts.map(({ ended }) => ended))).toEqual([
      [75, null],
      [75, null],
    ]);
  });

  it("is raised again whatever it is", async () => {
    const { child, ended } = await host("handle-signals", "other-signals");

    child.kill("SIGUSR1");

    expect(await ended).toEqual([null, "SIGUSR1"]);
  });

  it("lets tasks that run end first, when there is time", async () => {
    const { child, lines, logged, ended } = await host("handle-signals", "patient");

    child.kill("SIGTERM");
    await logged("SIGTERM: closing");
    child.stdin.write("finish\n");

    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(lines).toEqual(["ready", "task DONE", "closing 0", "closed 0"]);
  });

  it.each([
    ["", [null, "SIGTERM"]],
    ["resumable", [75, null]],
  ])("leaves at once when it comes twice %s", async (kind, ending) => {
    const { child, said, ended, complaints } = await host("handle-signals", "hang", kind);

    child.kill("SIGTERM");
    await said("closing 0");
    child.kill("SIGTERM");

    expect(await ended).toEqual(ending);
    expect(complaints()).toContain("SIGTERM again: leaving at once");
  });

  it("gives way to a Ctrl-C", async () => {
    const { child, logged, ended, complaints } = await host("handle-signals", "patient");

    child.kill("SIGTERM");
    await logged("SIGTERM: closing");
    child.kill("SIGINT");

    expect(["SIGTERM", "SIGINT"]).toContain((await ended)[1]);
    expect(complaints()).toContain("interrupted: cancelling 1 tasks");
  });

  it("leaves the end of a process with a listener of its own to that, and sets the exit code", async () => {
    const { child, lines, said, ended } = await host("handle-signals", "own-listener", "resumable");

    child.kill("SIGTERM");
    await said("all closed");
    child.stdin.write("end\n");

    expect(await ended).toEqual([75, null]);
    expect(lines.slice(0, 2)).toEqual(["ready", "host heard"]);
  });

  it("leaves the exit code alone when nothing is left to run", async () => {
    const { child, said, ended } = await host("handle-signals", "own-listener");

    child.kill("SIGTERM");
    await said("all closed");
    child.stdin.write("end\n");

    expect(await ended).toEqual([7, null]);
  });

  it("closes all sessions of the process, and its exit code tells of the one that left work", async () => {
    const { child, lines, ended } = await host("handle-signals", "many-sessions", "resumable");

    child.kill("SIGTERM");

    expect(await ended).toEqual([75, null]);
    expect(lines.filter((line) => line.startsWith("closed"))).toHaveLength(20);
  });

  it("ends a process whose sessions are closed as it would have", async () => {
    const { child, lines, ended } = await host("handle-signals", "closed-before");

    child.kill("SIGTERM");

    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(lines.at(-1)).toBe("ready");
  });

  it("ends the process at once unless it was asked for", async () => {
    const { child, lines, ended } = await host("resumable");

    child.kill("SIGTERM");

    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(lines).toEqual(["ready"]);
  });

  it("tells a job script by the exit code to run the rest later", async () => {
    // The host's standard input keeps it alive; without the redirection bash would give it an empty one.
    const script = `
      "$0" "$@" <&0 & campaign=$!
      trap 'kill -TERM "$campaign"' TERM
      wait "$campaign"
      wait "$campaign"
      [ $? -eq 75 ] && echo requeue`;
    const job = await started("bash", ["-c", script, process.execPath, program, "handle-signals", "resumable"]);

    job.child.kill("SIGTERM");

    expect(await job.ended).toEqual([0, null]);
    expect(job.lines.at(-1)).toBe("requeue");
  });
});
