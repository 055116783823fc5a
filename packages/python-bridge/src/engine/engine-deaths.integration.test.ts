import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, watch } from "node:fs";
import { fileURLToPath } from "node:url";
import { enginePython } from "@rhapsody-internal/engines";
import { Lifeline, rejectionOf, temporaryDirectory } from "@rhapsody-internal/fixtures";
import type { LogFields } from "@rhapsody/core";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { call, ENGINES, KINDS, openTestEngine, record, type Recording } from "../__fixtures__/open-test-engine.ts";

/** Within which everything is dead after the host was killed, in milliseconds; on a machine under load, what the host took to start comes on top. */
const AFTER_KILL_MS = 2_000;

const containing = (text: string): unknown => expect.stringContaining(text);
const textsOf = ({ losses }: Recording): readonly string[] => losses.map(({ code, message }) => `${code}: ${message}`);
const parentOf = (pid: unknown): number =>
  Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))?.[1]);

/** Resolves when a directory is empty. */
async function emptied(directory: string): Promise<void> {
  const watcher = watch(directory);
  try {
    while (readdirSync(directory).length > 0) await once(watcher, "change");
  } finally {
    watcher.close();
  }
}

describe("an engine that does not open", () => {
  it.each([
    ["crash in open", "its process ended with exit code 3; it printed last:\nno space left on device"],
    ["raise in open", "bad address"],
    ["refuse in open", "the scheduler does not answer: start it first"],
    ["lost in open", "the scheduler went away"],
  ])("%s: tells why, and leaves nothing behind", async (trouble, message) => {
    const recording = record();
    const { path, broken } = new Lifeline();

    const opened = openTestEngine("trouble_engine", { settings: { trouble, family: path } }, recording);

    expect(await rejectionOf(opened)).toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      backend: "test",
      message: containing(message),
    });
    await broken;
    expect(readdirSync(recording.context.workDir)).toEqual([]);
    expect(recording.losses).toEqual([]);
  });

  it("names a module that is not there", async () => {
    const opened = openTestEngine("missing_engine" as "echo_engine");

    expect(await rejectionOf(opened)).toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: containing("missing_engine"),
    });
  });

  it("is given up when the session does, and clears up", async () => {
    const giveUp = new AbortController();
    const recording = record({ signal: giveUp.signal });
    const { path, broken } = new Lifeline();
    const settings = { trouble: "hang in open", family: path };

    const opened = openTestEngine("trouble_engine", { settings }, recording);
    await recording.until(() => recording.lines.includes("hanging"));
    giveUp.abort(new Error("changed my mind"));

    expect(await rejectionOf(opened)).toMatchObject({ message: "changed my mind" });
    expect(recording.lines).toContain("cleared up");
    await broken;
    expect(readdirSync(recording.context.workDir)).toEqual([]);
  });

  it("is ended when it takes too long, and clears up", async () => {
    const recording = record();
    const settings = { trouble: "hang in open" };
    const limit = new AbortController();
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(limit.signal);

    const opened = openTestEngine("trouble_engine", { settings, openTimeoutMs: 1_500 }, recording);
    await recording.until(() => recording.lines.includes("hanging"));
    limit.abort();

    expect(await rejectionOf(opened)).toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: containing("did not open within 1500 ms"),
    });
    expect(timeout).toHaveBeenCalledWith(1_500);
    expect(recording.lines).toContain("cleared up");
    expect(readdirSync(recording.context.workDir)).toEqual([]);
  });

  it("strikes secrets out of what it prints and says", async () => {
    const recording = record();
    const secrets = { password: "swordfish" };

    const opened = openTestEngine(
      "trouble_engine",
      { settings: { trouble: "tell secrets in open" }, secrets },
      recording,
    );

    expect(await rejectionOf(opened)).toMatchObject({ message: "[test] wrong password [secret]" });
    expect(recording.lines.join("\n")).toContain("the password is [secret]");
    expect(recording.lines.join("\n")).not.toContain("swordfish");
  });
});

describe("an open engine that dies", () => {
  it("is told of once, with what it printed last, and is closed without a word", async () => {
    const engine = await openTestEngine("trouble_engine");
    await engine.handle.submit([call("a")]);

    expect(await rejectionOf(engine.handle.call("exit", 3))).toMatchObject({ code: "BACKEND_LOST" });
    await engine.until(() => engine.losses.length > 0);
    expect(await rejectionOf(engine.handle.submit([call("b")]))).toMatchObject({ code: "BACKEND_LOST" });
    await engine.handle.close(0);

    expect(textsOf(engine)).toEqual([
      "BACKEND_LOST: [test] the engine's process ended with exit code 3; it printed last:\nthe last words",
    ]);
    expect(engine.updates).toEqual([]);
    expect(readdirSync(engine.context.workDir)).toEqual([]);
  });

  it("is told of to whoever hands over a batch", async () => {
    const engine = await openTestEngine("trouble_engine", KINDS);
    const exit = call("a", [], { backendOptions: { kind: "exit" } });

    expect(await rejectionOf(engine.handle.submit([exit]))).toMatchObject({ code: "BACKEND_LOST" });
    await engine.until(() => engine.losses.length > 0);
  });

  it("is told of when it says so itself", async () => {
    const { path, broken } = new Lifeline();
    const engine = await openTestEngine("trouble_engine", { settings: { family: path } });

    // The answer, or the end before it.
    await engine.handle.call("lost", "the scheduler went away").catch(() => undefined);
    await engine.until(() => engine.losses.length > 0);

    expect(textsOf(engine)).toEqual(["BACKEND_LOST: [test] the scheduler went away"]);
    await broken;
  });

  it.each([
    ["sidecar", (pid: number) => pid],
    ["guard", parentOf],
  ])("is told of when the %s is killed, with all that it started gone", async (_, victim) => {
    const { path, broken } = new Lifeline();
    const engine = await openTestEngine("trouble_engine", { settings: { family: path } });

    process.kill(victim(Number(engine.handle.facts["pid"])), "SIGKILL");
    await engine.until(() => engine.losses.length > 0);

    expect(textsOf(engine)).toEqual([containing("BACKEND_LOST: [test] the engine's process was killed by SIGKILL")]);
    await broken;
  });

  it("is ended by force when it does not close", async () => {
    const { path, broken } = new Lifeline();
    const settings = { family: path, trouble: "hang in close" };
    const engine = await openTestEngine("trouble_engine", { settings });

    await engine.handle.close(0);

    await broken;
    expect(engine.losses).toEqual([]);
  });
});

describe("a host with an open engine", () => {
  async function startHost(what: string) {
    const { path, broken } = new Lifeline();
    const file = fileURLToPath(new URL("../__fixtures__/held-host.ts", import.meta.url));
    const workDir = temporaryDirectory();
    const python = await enginePython("dask");
    const begin = performance.now();
    const host = spawn(process.execPath, [file, python, ENGINES, workDir, path, what], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: workDir },
    });
    onTestFinished(() => void host.kill("SIGKILL"));
    const exited = once(host, "exit");
    await once(host.stdout, "data");
    return { host, exited, broken, workDir, startMs: performance.now() - begin };
  }

  it.each(["idle", "busy"])("takes it along when it is killed, and it is %s", async (what) => {
    const { host, exited, broken, workDir, startMs } = await startHost(what === "idle" ? "" : what);
    if (what === "idle") await exited;

    const killed = performance.now();
    host.kill("SIGKILL");
    await broken;

    expect(performance.now() - killed).toBeLessThan(AFTER_KILL_MS + startMs);
    // The guard goes last.
    await emptied(workDir);
  });
});

describe("secrets", () => {
  it("are struck out of what the log is told of failures", async () => {
    const logged: string[] = [];
    const log = ({ error }: LogFields): void => void logged.push(String(error));
    const logger = { debug: () => {}, info: () => {}, warn: log, error: log };
    const options = { settings: { trouble: "tell secrets later" }, secrets: { password: "swordfish" } };
    const { handle } = await openTestEngine("trouble_engine", options, record({ logger }));
    await handle.submit([call("a")]);

    expect(await handle.cancel([call("a")], "enough")).toEqual(["detached"]);
    await handle.close(0);

    expect(logged).toEqual([
      expect.stringContaining("cancel with password [secret]"),
      expect.stringContaining("close with password [secret]"),
    ]);
  });

  it("are in no command line and no environment", async () => {
    const { path, broken } = new Lifeline();
    const engine = await openTestEngine("trouble_engine", {
      settings: { family: path },
      secrets: { password: "swordfish" },
    });
    const { pid } = engine.handle.facts;

    const all = [process.pid, parentOf(pid), Number(pid)].flatMap((id) =>
      ["cmdline", "environ"].map((file) => readFileSync(`/proc/${id}/${file}`, "utf8")),
    );

    expect(all.join("\n")).not.toContain("swordfish");
    await engine.handle.close(0);
    await broken;
  });
});
