import { describe, expect, it } from "vitest";
import { StateMapper } from "./state-mapper.ts";
import { TasksMainStates } from "./tasks-main-states.ts";

const engine = { RUNNING: "EXEC", DONE: "OK", FAILED: ["ERR", "LOST"], CANCELED: "KILLED" } as const;

describe("StateMapper", () => {
  it("translates an engine's states into main states", () => {
    const mapper = new StateMapper("engine", engine);

    expect(["EXEC", "OK", "ERR", "LOST", "KILLED"].map((native) => mapper.toMainState(native))).toEqual([
      "RUNNING",
      "DONE",
      "FAILED",
      "FAILED",
      "CANCELED",
    ]);
  });

  it.each(["QUEUED", "ok", "", "constructor", "__proto__"])("knows no counterpart of %j", (native) => {
    expect(new StateMapper("engine", engine).toMainState(native)).toBeUndefined();
  });

  it("translates main states into the engine's, the first of several", () => {
    const mapper = new StateMapper("engine", engine);

    expect(mapper.toNativeState("FAILED")).toBe("ERR");
    expect(mapper.toNativeState(TasksMainStates.CANCELED)).toBe("KILLED");
  });

  it("refuses to translate what is no main state", () => {
    expect(() => new StateMapper("engine", engine).toNativeState("QUEUED" as never)).toThrow(TypeError);
  });

  it("knows the states that a task never leaves", () => {
    expect(new StateMapper("engine", engine).terminalStates).toEqual(["OK", "ERR", "LOST", "KILLED"]);
  });

  it("uses the main states' own names without a table", () => {
    const mapper = new StateMapper({ name: "concurrent" });

    expect(mapper.backend).toBe("concurrent");
    expect([mapper.toMainState("DONE"), mapper.toNativeState("DONE")]).toEqual(["DONE", "DONE"]);
    expect(mapper.terminalStates).toEqual(["DONE", "FAILED", "CANCELED"]);
  });

  it("refuses a name that stands for two main states", () => {
    expect(() => new StateMapper("engine", { ...engine, DONE: "ERR" })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS", message: expect.stringContaining("ERR") as string }),
    );
  });
});
