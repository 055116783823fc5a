import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "@rhapsody-internal/fixtures";
import { describe, expect, it } from "vitest";
import { untilFile } from "../__fixtures__/files.ts";
import { openBackend, program, shell } from "../__fixtures__/open-backend.ts";

/** Shell text that writes the shell's process id into the file `$FILE`, in one step. */
const TELL_PID = 'echo $$ > "$FILE.part" && mv "$FILE.part" "$FILE"';

describe("programs", () => {
  it("gives output, exit code, times and what the program used", async () => {
    const backend = await openBackend({ resources: { cores: 2, gpus: 0 } });
    const before = Date.now();

    const end = await backend.run(shell("echo out; echo err >&2"), { resources: { cores: 1 } });

    expect(end).toMatchObject({ state: "DONE", stdout: "out\n", stderr: "err\n", exitCode: 0 });
    expect(end).not.toHaveProperty("outputTruncated");
    expect(end.resources).toHaveProperty("cores.0", expect.any(Number));
    expect(end.resources).toHaveProperty("cpuTimeMs", expect.any(Number));
    expect(end.startedAt).toBeGreaterThanOrEqual(before);
    expect(end.finishedAt).toBeGreaterThanOrEqual(end.startedAt!);
  });

  it.each([
    ["exit 3", { code: "TASK_EXIT_CODE", message: "the program ended with exit code 3" }, { exitCode: 3 }],
    ["kill -USR1 $$", { code: "TASK_SIGNALED", message: "the program was ended by SIGUSR1" }, { signal: "SIGUSR1" }],
  ])("fails a program that ends by %s, with its output", async (script, failure, how) => {
    const backend = await openBackend();

    const end = await backend.run(shell(`echo before; ${script}`));

    expect(end).toMatchObject({ state: "FAILED", failure, stdout: "before\n", ...how });
  });

  it("fails a program that is not there, naming it", async () => {
    const backend = await openBackend();

    const end = await backend.run(program("no-such-program-here"));

    expect(end).toMatchObject({ state: "FAILED", failure: { code: "TASK_PROGRAM_NOT_FOUND" } });
    expect(end).toHaveProperty("failure.message", expect.stringContaining("no-such-program-here"));
    expect(backend.updates.map(({ state }) => state)).toEqual(["FAILED"]);
  });

  it("cuts long output in front, never in the middle of a character", async () => {
    const backend = await openBackend();

    const end = await backend.run(program("printf", ["é".repeat(20)], { maxOutputBytes: 9 }));

    expect(end).toMatchObject({ stdout: "éééé", outputTruncated: true });
  });

  it("takes output that is not UTF-8, and keeps a byte order mark", async () => {
    const backend = await openBackend();

    const end = await backend.run(program("printf", [String.raw`\357\273\277a\377b`]));

    expect(end).toMatchObject({ state: "DONE", stdout: "\uFEFFa\uFFFDb" });
  });

  it("writes output to files in captureDir, one pair for each attempt", async () => {
    const { workDir } = await openBackend();
    const captureDir = join(workDir, "deep", "down");
    const backend = await openBackend({ captureDir });
    const work = shell("echo out; echo err >&2", { capture: "file" });

    const first = await backend.run(work, { uid: "sim" });
    const second = await backend.run(work, { uid: "sim", attempt: 2 });

    expect(first.stdout).toBe(join(captureDir, "sim.stdout"));
    expect(readFileSync(first.stdout!, "utf8")).toBe("out\n");
    expect(second.stderr).toBe(join(captureDir, "sim.2.stderr"));
    expect(readFileSync(second.stderr!, "utf8")).toBe("err\n");
  });

  it("sets the task's variables over the session's, and these over the host's", async () => {
    const backend = await openBackend({}, { OF_SESSION: "session", OF_BOTH: "session" });

    const end = await backend.run(shell('echo "$OF_SESSION $OF_BOTH $(test -n "$PATH" && echo path)"'), {
      environment: { OF_BOTH: "task" },
    });

    expect(end.stdout).toBe("session task path\n");
  });

  it("runs a shell command on request, with each argument as one word", async () => {
    const backend = await openBackend();

    const end = await backend.run(program("printf '<%s>' a | tr a b; printf '<%s>'", ["it's", "$HOME", "a  b"]), {
      backendOptions: { concurrent: { shell: true } },
    });

    expect(end.stdout).toBe("<b><it's><$HOME><a  b>");
  });

  it("makes the working directory on request", async () => {
    const backend = await openBackend();
    const workingDirectory = join(backend.workDir, "a", "b");
    const backendOptions = { concurrent: { createWorkingDirectory: true } };

    const missing = await backend.run(program("pwd"), { workingDirectory });
    const made = await backend.run(program("pwd"), { workingDirectory, backendOptions });

    expect(missing).toMatchObject({ failure: { code: "TASK_WORKING_DIRECTORY" } });
    expect(made.stdout).toBe(`${workingDirectory}\n`);
  });

  it("fails only the task whose own options do not hold, naming them", async () => {
    const backend = await openBackend();
    const bad = backend.spec(program("true"), { backendOptions: { concurrent: { shel: true } } });
    const good = backend.spec(program("true"), { backendOptions: { another: { shel: true } } });

    await backend.handle.submit([bad, good]);

    expect(await backend.end(bad)).toMatchObject({ failure: { code: "BACKEND_REJECTED_TASKS" } });
    expect(await backend.end(bad)).toHaveProperty("failure.message", expect.stringContaining('"shel"'));
    expect(await backend.end(good)).toMatchObject({ state: "DONE" });
  });

  it("gives the output of a program that was cancelled", async () => {
    const backend = await openBackend();
    const file = join(backend.workDir, "pid");
    const spec = await backend.submit(shell(`echo before; ${TELL_PID}; exec sleep 600`), {
      environment: { FILE: file },
    });
    const pid = Number(await untilFile(file));

    expect(await backend.cancel(spec)).toEqual(["cancelled"]);

    expect(isAlive(pid)).toBe(false);
    expect(backend.of(spec)).toMatchObject([
      { state: "RUNNING" },
      { state: "CANCELED", stdout: "before\n", signal: "SIGTERM" },
    ]);
  });

  it("shortens the grace of a cancellation under way when it is closed", async () => {
    const backend = await openBackend({ graceMs: 600_000 });
    const file = join(backend.workDir, "pid");
    const script = `trap '' TERM; ${TELL_PID}; while :; do sleep 600; done`;
    const spec = await backend.submit(shell(script), { environment: { FILE: file } });
    const pid = Number(await untilFile(file));

    const cancelled = backend.cancel(spec);
    await backend.handle.close(0);

    expect(await cancelled).toEqual(["cancelled"]);
    expect(isAlive(pid)).toBe(false);
  });

  it("runs no more at a time than maxConcurrency says, even if it is handed more", async () => {
    const backend = await openBackend({ maxConcurrency: 2 });
    const log = join(backend.workDir, "log");
    const script = `echo + >> "$LOG"; echo - >> "$LOG"`;
    const specs = Array.from({ length: 8 }, () => backend.spec(shell(script), { environment: { LOG: log } }));

    await backend.handle.submit(specs);
    await Promise.all(specs.map((spec) => backend.end(spec)));

    const marks = readFileSync(log, "utf8").trim().split("\n");
    const running = marks.map((_, index) => {
      const seen = marks.slice(0, index + 1);
      return seen.filter((mark) => mark === "+").length - seen.filter((mark) => mark === "-").length;
    });
    expect(marks).toHaveLength(16);
    expect(Math.max(...running)).toBeLessThanOrEqual(2);
  });
});

describe("GPU slots", () => {
  const show = shell('echo "$CUDA_VISIBLE_DEVICES|$ROCR_VISIBLE_DEVICES"');
  const resources = { gpus: 1 };

  it("shows each program the GPUs that it was given", async () => {
    const backend = await openBackend({ resources: { gpus: 2 } });
    const showCuda = shell('echo "$CUDA_VISIBLE_DEVICES"');

    const ends = await Promise.all([backend.run(showCuda, { resources }), backend.run(showCuda, { resources })]);
    const both = await backend.run(show, { resources: { gpus: 2 } });

    expect(new Set(ends.map(({ stdout }) => stdout))).toEqual(new Set(["0\n", "1\n"]));
    expect(ends.map((end) => end.resources?.gpus)).toEqual(ends.map(({ stdout = "" }) => [stdout.trim()]));
    expect(both).toMatchObject({ stdout: "0,1|0,1\n", resources: { gpus: ["0", "1"] } });
  });

  it("leaves a variable alone that the task sets itself", async () => {
    const backend = await openBackend({ resources: { gpus: 2 } });

    const end = await backend.run(show, { resources, environment: { CUDA_VISIBLE_DEVICES: "7" } });

    expect(end.stdout).toBe("7|0\n");
  });

  it("lets fractions share a GPU, and lets a whole one wait until it is free", async () => {
    const backend = await openBackend({ resources: { gpus: 2 } });
    const file = (name: string): string => join(backend.workDir, name);
    const hold = (name: string, gpus: number) => ({ environment: { FILE: file(name) }, resources: { gpus } });
    const held = shell(`${TELL_PID}; exec sleep 600`);
    const halves = [await backend.submit(held, hold("a", 0.6)), await backend.submit(held, hold("b", 0.6))];
    await Promise.all([untilFile(file("a")), untilFile(file("b"))]);

    const small = await backend.run(show, { resources: { gpus: 0.4 } });
    const whole = await backend.submit(show, { resources: { gpus: 1 } });
    const behind = await backend.submit(show, { resources: { gpus: 0.1 } });
    await backend.run(show);
    const whileHeld = [...backend.of(whole), ...backend.of(behind)];
    await backend.cancel(...halves);

    expect(small.resources?.gpus).toHaveLength(1);
    expect(whileHeld).toEqual([]);
    expect(await backend.end(whole)).toMatchObject({ state: "DONE" });
    expect(await backend.end(behind)).toMatchObject({ state: "DONE" });
  });

  it("takes back a task that waits for a GPU", async () => {
    const backend = await openBackend({ resources: { gpus: 1 } });
    const file = join(backend.workDir, "pid");
    const holder = await backend.submit(shell(`${TELL_PID}; exec sleep 600`), {
      environment: { FILE: file },
      resources,
    });
    const waiting = await backend.submit(show, { resources });
    await untilFile(file);

    expect(await backend.cancel(waiting)).toEqual(["cancelled"]);
    await backend.cancel(holder);
    expect(await backend.run(show, { resources })).toMatchObject({ state: "DONE" });
    expect(backend.of(waiting)).toEqual([]);
  });

  it("lets the next ones go when the one that held up the line is taken back, or fails at once", async () => {
    const backend = await openBackend({ resources: { gpus: 2 } });
    const file = join(backend.workDir, "pid");
    const held = shell(`${TELL_PID}; exec sleep 600`);
    const holder = await backend.submit(held, { environment: { FILE: file }, resources });
    const large = await backend.submit(show, { resources: { gpus: 2 } });
    const bad = await backend.submit(show, { resources, backendOptions: { concurrent: { shel: 1 } } });
    const small = await backend.submit(show, { resources });
    await untilFile(file);

    await backend.cancel(large);

    expect(await backend.end(bad)).toMatchObject({ failure: { code: "BACKEND_REJECTED_TASKS" } });
    expect(await backend.end(small)).toMatchObject({ state: "DONE" });
    expect(backend.of(bad)).toHaveLength(1);
    await backend.cancel(holder);
  });

  it("fails a task that asks for more GPUs than there are", async () => {
    const backend = await openBackend({ resources: { gpus: 1 } });

    const end = await backend.run(show, { resources: { gpus: 2 } });

    expect(end).toMatchObject({
      failure: { code: "TASK_NEVER_FITS", message: "asks for 2 GPUs, of which there are 1" },
    });
  });
});
