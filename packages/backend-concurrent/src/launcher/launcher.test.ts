import { createHash, randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Harness, MEMORY } from "./__fixtures__/harness.ts";
import { openLauncher } from "./launcher.ts";

describe.each(["native", "portable"] as const)("a launcher with the %s engine", (engine) => {
  let harness: Harness;
  let directory: string;

  beforeAll(async () => {
    harness = await Harness.open(engine);
  });
  afterAll(async () => {
    await harness.launcher.close(0);
  });
  beforeEach(() => {
    directory = realpathSync(mkdtempSync(join(tmpdir(), "rhapsody-launcher-")));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function program(name: string, text: string, mode = 0o755): string {
    const path = join(directory, name);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  }

  it("says which engine it uses", () => {
    expect(harness.launcher.engine).toBe(engine);
  });

  it("reports the start, then the end with exit code and times", async () => {
    const before = Date.now();

    const id = harness.sh("exit 7");
    const end = await harness.end(id);

    const start = harness.events.find((event) => event.id === id && event.type === "started");
    expect(end).toMatchObject({ type: "exited", exitCode: 7, signal: null });
    expect(start).toMatchObject({ pid: end.type === "exited" ? end.pid : 0 });
    if (end.type !== "exited") throw new Error("unreachable");
    expect(before).toBeLessThanOrEqual(end.startedAt);
    expect(end.startedAt).toBeLessThanOrEqual(end.finishedAt);
    expect(end.finishedAt).toBeLessThanOrEqual(Date.now());
  });

  it.each(["SIGKILL", "SIGTERM", "SIGSEGV", "SIGABRT"])("tells an end by %s from an exit code", async (signal) => {
    const { exit } = await harness.runSh(`kill -${signal.slice(3)} $$`);

    expect(exit).toMatchObject({ exitCode: null, signal });
  });

  it("hands arguments over byte for byte", async () => {
    const words = ["", " ", "a b", "$HOME", "`id`", "'\"\\", "*", "-n", "ü→🎻", "line\nbreak", ";rm -rf /"];

    const { stdout } = await harness.run({ executable: "printf", arguments: ["%s\\0", ...words] });

    expect(stdout.split("\0").slice(0, -1)).toEqual(words);
  });

  it("appends arguments to a shell command as quoted words", async () => {
    const words = ["a b", "$HOME", "`id`", "'\"\\", "*", ";rm -rf /", ""];

    const { stdout } = await harness.run({ executable: `printf '%s|'`, arguments: words, shell: true });

    expect(stdout).toBe(words.map((word) => `${word}|`).join(""));
  });

  it("runs a shell command without arguments as it is", async () => {
    const { stdout } = await harness.run({ executable: "echo $((6 * 7)) | tr 4 5", shell: true });

    expect(stdout).toBe("52\n");
  });

  it("sets variables over the host's environment", async () => {
    const { exit, stdout } = await harness.runSh('echo "$A|$HOME"; test -n "$PATH"', {
      environment: { A: "ü=1 2", HOME: "/nowhere" },
    });

    expect(stdout).toBe("ü=1 2|/nowhere\n");
    expect(exit.exitCode).toBe(0);
  });

  it("gives variables that are meant for Node to programs, though the helper runs without them", async () => {
    const { stdout } = await harness.runSh('echo "$NODE_OPTIONS"');

    expect(stdout.trim()).toBe(process.env["NODE_OPTIONS"] ?? "");
  });

  it("looks a program up in the PATH that the process will have", async () => {
    program("rhapsody-probe", "#!/bin/sh\necho found\n");

    const { stdout } = await harness.run({
      executable: "rhapsody-probe",
      environment: { PATH: `/nonexistent:${directory}:/bin` },
    });

    expect(stdout).toBe("found\n");
  });

  it("goes on along PATH behind a file that may not be run, as the shell does", async () => {
    program("echo", "not a program", 0o644);

    const { stdout } = await harness.run({
      executable: "echo",
      arguments: ["hi"],
      environment: { PATH: `${directory}:/bin` },
    });

    expect(stdout).toBe("hi\n");
  });

  it("starts a relative path at the working directory", async () => {
    program("tool", '#!/bin/sh\necho "$0"\n');

    const { stdout } = await harness.run({ executable: "./tool", workingDirectory: directory });

    expect(stdout).toBe("./tool\n");
  });

  it("runs a file without a first line as a script of the shell, like execvp", async () => {
    const path = program("script", 'echo "script $1"\n');

    const { stdout } = await harness.run({ executable: path, arguments: ["x"] });

    expect(stdout).toBe("script x\n");
  });

  it("names a missing program and the PATH that was searched", async () => {
    const end = await harness.end(
      harness.start({ executable: "no-such-tool", environment: { PATH: "/bin:/opt/none" } }),
    );

    expect(end).toMatchObject({ type: "failed", code: "TASK_PROGRAM_NOT_FOUND", errno: "ENOENT" });
    expect(end).toHaveProperty("message", expect.stringContaining('"no-such-tool" is not in PATH (/bin:/opt/none)'));
  });

  it("names a missing file", async () => {
    const end = await harness.end(harness.start({ executable: "/no/such/tool" }));

    expect(end).toMatchObject({ type: "failed", code: "TASK_PROGRAM_NOT_FOUND" });
  });

  it.each([
    ["a file without execute permission", () => program("plain", "#!/bin/sh\n", 0o644)],
    ["a directory", () => directory],
  ])("tells %s from a missing one", async (_what, path) => {
    const end = await harness.end(harness.start({ executable: path() }));

    expect(end).toMatchObject({ type: "failed", code: "TASK_PROGRAM_NOT_EXECUTABLE", errno: "EACCES" });
  });

  it("refuses what no argument vector can hold", async () => {
    const nul = await harness.end(harness.start({ executable: "echo", arguments: ["a\0b"] }));
    const name = await harness.end(harness.start({ executable: "echo", environment: { "A=B": "1" } }));

    expect(nul).toMatchObject({ type: "failed", code: "TASK_SPAWN_FAILED", errno: "EINVAL" });
    expect(name).toMatchObject({ type: "failed", code: "TASK_SPAWN_FAILED", errno: "EINVAL" });
  });

  it("says what to do about arguments that are too long", async () => {
    const end = await harness.end(harness.start({ executable: "echo", arguments: ["x".repeat(300_000)] }));

    expect(end).toMatchObject({ type: "failed", code: "TASK_SPAWN_FAILED", errno: "E2BIG" });
    expect(end).toHaveProperty("message", expect.stringContaining("standard input or a file"));
  });

  it("runs in the working directory, and in the host's without one", async () => {
    const given = await harness.runSh("pwd", { workingDirectory: directory });
    const none = await harness.runSh("pwd");

    expect(given.stdout).toBe(`${directory}\n`);
    expect(none.stdout).toBe(`${process.cwd()}\n`);
  });

  it("creates the working directory only on request", async () => {
    const missing = join(directory, "a", "b");

    const refused = await harness.end(harness.sh("pwd", { workingDirectory: missing }));
    const created = await harness.runSh("pwd", { workingDirectory: missing, createWorkingDirectory: true });

    expect(refused).toMatchObject({ type: "failed", code: "TASK_WORKING_DIRECTORY", errno: "ENOENT" });
    expect(created.stdout).toBe(`${missing}\n`);
  });

  it("tells a file in place of a working directory", async () => {
    const end = await harness.end(harness.sh("pwd", { workingDirectory: program("file", "") }));

    expect(end).toMatchObject({ type: "failed", code: "TASK_WORKING_DIRECTORY", errno: "ENOTDIR" });
  });

  it("gives an empty standard input when there is none", async () => {
    const { exit, stdout } = await harness.run({ executable: "cat" });

    expect(exit.exitCode).toBe(0);
    expect(stdout).toBe("");
  });

  it("carries megabytes in and out at the same time", async () => {
    const stdin = randomBytes(8 * 1_048_576);

    const { exit } = await harness.run({ executable: "cat", stdin });

    const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
    expect(exit.stdout).toMatchObject({ totalBytes: stdin.length, truncated: false });
    expect(digest(exit.stdout!.bytes)).toBe(digest(stdin));
  });

  it("does not mind a program that leaves its input unread", async () => {
    const { exit } = await harness.run({ executable: "true", stdin: Buffer.alloc(4 * 1_048_576) });

    expect(exit.exitCode).toBe(0);
  });

  it("closes standard input after an empty one", async () => {
    const { exit } = await harness.run({ executable: "cat", stdin: new Uint8Array() });

    expect(exit.exitCode).toBe(0);
  });

  it("keeps bytes that are not text", async () => {
    const { exit } = await harness.runSh("printf '\\377\\000\\376\\n'");

    expect([...exit.stdout!.bytes]).toEqual([0xff, 0, 0xfe, 0x0a]);
  });

  it("keeps the end of a long output and says that the beginning is missing", async () => {
    const { exit, stdout } = await harness.runSh("seq 1 200000", { stdout: { kind: "memory", maxBytes: 14 } });

    expect(stdout).toBe("199999\n200000\n");
    expect(exit.stdout).toMatchObject({ totalBytes: 1_288_895, truncated: true });
  });

  it("writes streams to files, both to one when they share it", async () => {
    const [out, error, both] = ["out", "error", "both"].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    const script = "echo one; echo two >&2; echo three";

    const apart = await harness.runSh(script, {
      stdout: { kind: "file", path: out },
      stderr: { kind: "file", path: error },
    });
    await harness.runSh(script, { stdout: { kind: "file", path: both }, stderr: { kind: "file", path: both } });

    expect(readFileSync(out, "utf8")).toBe("one\nthree\n");
    expect(readFileSync(error, "utf8")).toBe("two\n");
    expect(readFileSync(both, "utf8")).toBe("one\ntwo\nthree\n");
    expect(apart.exit).not.toHaveProperty("stdout");
  });

  it("names an output file that cannot be written", async () => {
    const end = await harness.end(
      harness.sh("true", { stdout: { kind: "file", path: join(directory, "no", "file") } }),
    );

    expect(end).toMatchObject({ type: "failed", code: "TASK_SPAWN_FAILED", errno: "ENOENT" });
    expect(existsSync(join(directory, "no"))).toBe(false);
  });

  it("drops output that nobody wants", async () => {
    const { exit } = await harness.runSh("yes | head -c 1000000", {
      stdout: { kind: "none" },
      stderr: { kind: "none" },
    });

    expect(exit).toMatchObject({ exitCode: 0 });
    expect(exit).not.toHaveProperty("stdout");
  });

  it("makes each program the leader of a process group of its own", async () => {
    const { exit, stdout } = await harness.runSh("ps -o pgid= -p $$");

    expect(Number(stdout)).toBe(exit.pid);
  });

  it("leaves programs no ignored or blocked signals, though Node ignores SIGPIPE", async () => {
    const { stdout } = await harness.runSh("grep -E '^Sig(Blk|Ign)' /proc/self/status");

    const zero = "0000000000000000";
    expect(stdout).toBe(`SigBlk:\t${zero}\nSigIgn:\t${zero}\n`);
  });

  it("drains what is left in the pipe when a program ends at once", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async () => harness.runSh("head -c 60000 /dev/zero")),
    );

    expect(outcomes.map(({ exit }) => exit.stdout?.totalBytes)).toEqual(Array.from({ length: 20 }, () => 60_000));
  });
});

describe("a launcher with the native engine", () => {
  it("hands down no descriptors but the standard ones, whatever the host has inherited", async () => {
    await using harness = await Harness.open("native");

    const { stdout } = await harness.runSh("ls /proc/self/fd");

    // The last is the directory that ls itself reads.
    expect(stdout).toBe("0\n1\n2\n3\n");
  });

  it("reports CPU time and peak memory", async () => {
    await using harness = await Harness.open("native");

    const { exit } = await harness.runSh("head -c 200000000 /dev/zero | tail -c 200000000 > /dev/null", {
      stdout: MEMORY,
    });

    expect(exit.cpuTimeMs).toBeGreaterThan(1);
    expect(exit.peakMemoryBytes).toBeGreaterThan(200_000_000);
    expect(exit.peakMemoryBytes).toBeLessThan(400_000_000);
  });

  it("does not pass its own size off as a small program's", async () => {
    await using harness = await Harness.open("native");

    const { exit } = await harness.run({ executable: "true" });

    expect(exit).not.toHaveProperty("peakMemoryBytes");
  });
});

describe("openLauncher", () => {
  it("rejects when the helper cannot be started", async () => {
    const { execPath } = process;
    process.execPath = "/no/such/node";
    try {
      const opening = openLauncher({ onEvents: () => undefined, onLost: () => undefined });

      await expect(opening).rejects.toMatchObject({ code: "LAUNCHER_UNAVAILABLE" });
    } finally {
      process.execPath = execPath;
    }
  });
});
