import { describe, expect, it } from "vitest";
import { sessionOf } from "../__fixtures__/open-session.ts";
import { silentLogger } from "../logging/create-logger.ts";
import { Session } from "./session.ts";

describe("a session's options", () => {
  it.each([
    ["uid", "../x"],
    ["uid", ""],
    ["uid", ".."],
    ["uid", "a b"],
    ["uid", 7],
    ["backends", "concurrent"],
    ["backends", [null]],
    ["workDir", ""],
    ["defaults", 7],
    ["defaults", { timeoutMs: -1 }],
    ["signal", {}],
    ["logger", () => {}],
    ["logger", { error: () => {} }],
    ["logFile", "yes"],
    ["retainedResults", -1],
    ["retainedResults", 0.5],
    ["failover", 3],
    ["failover", { losses: -1 }],
    ["failover", { openings: 0 }],
    ["failover", { factor: 0.5 }],
    ["failover", { tries: 3 }],
    ["handleInterrupt", 1],
    ["handleSignals", "SIGTERM"],
    ["handleSignals", { signals: [] }],
    ["handleSignals", { signals: ["SIGKILL"] }],
    ["handleSignals", { signals: ["SIGCHLD"] }],
    ["handleSignals", { deadlineMs: -1 }],
    ["handleSignals", { exitCode: 0 }],
    ["handleSignals", { exitCode: 256 }],
    ["handleSignals", { signal: "SIGTERM" }],
    ["colour", "red"],
    ["work_dir", "/tmp"],
  ])("are refused: %s %o", (field, value) => {
    expect(() => new Session({ [field]: value })).toThrow(
      expect.objectContaining({
        name: "OptionsError",
        code: "INVALID_OPTIONS",
        message: expect.stringContaining(field) as string,
      }),
    );
  });

  it.each([
    [
      { handleSignals: { signals: ["SIGKILL" as const] } },
      "true, false or { signals, deadlineMs, graceMs, exitCode }, with signals among SIGTERM",
    ],
    [{ journal: 7 as unknown as string }, "must be the path of a file, or a journal of contract journal/1"],
    [{ journal: "" }, "must be the path of a file, or a journal of contract journal/1"],
  ])("are refused with what they can be: %o", (options, possible) => {
    expect(() => new Session(options)).toThrow(possible);
  });

  it("are refused with all their problems at once", () => {
    expect(() => new Session({ uid: "a b", workDir: "", retainedResults: -1 })).toThrow(
      /uid[\s\S]*workDir[\s\S]*retainedResults|retainedResults[\s\S]*/,
    );
  });

  it.each([null, "concurrent", 7])("cannot be %j", (options) => {
    expect(() => new Session(options as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
  });

  it("cannot have a logger and a log file both", () => {
    expect(() => new Session({ logger: silentLogger, logFile: true })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }),
    );
  });

  it("leave no listener behind when they are refused", () => {
    const before = ["SIGINT", "SIGTERM"].map((signal) => process.listenerCount(signal));

    expect(() => new Session({ uid: "a b", handleSignals: true })).toThrow("uid");

    expect(["SIGINT", "SIGTERM"].map((signal) => process.listenerCount(signal))).toEqual(before);
  });
});

describe("a session's uid", () => {
  it("is its own unless given", () => {
    const [one, two] = [sessionOf({ backends: [] }), sessionOf({ backends: [] })];

    expect(one.uid).toMatch(/^rhapsody\.session\.[0-9a-f]{8}$/);
    expect(two.uid).not.toBe(one.uid);
  });

  it("is the one given", () => {
    expect(sessionOf({ backends: [], uid: "run-7" }).uid).toBe("run-7");
  });
});
