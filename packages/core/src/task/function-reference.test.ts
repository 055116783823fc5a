import { describe, expect, it } from "vitest";
import { moduleFunction, pythonFunction } from "./function-reference.ts";

interface Sim {
  readonly simulate: () => number;
}

describe("moduleFunction", () => {
  it("refers to an export by URL, text or object", () => {
    const reference = { kind: "module", url: "file:///home/ada/sim.js", name: "simulate" };

    expect(moduleFunction<Sim>("file:///home/ada/sim.js", "simulate")).toEqual(reference);
    expect(moduleFunction<Sim>(new URL("./sim.js", "file:///home/ada/main.js"), "simulate")).toEqual(reference);
  });

  it.each(["./sim.js", "sim", "", "/abs/sim.js"])("refuses %j, which is no absolute URL", (url) => {
    expect(() => moduleFunction<Sim>(url, "simulate")).toThrow(TypeError);
  });

  it("refuses an empty name", () => {
    expect(() => moduleFunction<Record<"", () => void>>("file:///sim.js", "")).toThrow(TypeError);
  });
});

describe("pythonFunction", () => {
  it.each([
    ["math:sqrt", "math", "sqrt"],
    ["numpy.linalg:norm", "numpy.linalg", "norm"],
    ["_private.mod1:Class.method", "_private.mod1", "Class.method"],
  ])("understands %s", (reference, module, name) => {
    expect(pythonFunction(reference)).toEqual({ kind: "python", module, name });
  });

  it.each([
    "",
    "math",
    ":sqrt",
    "math:",
    "math.sqrt",
    "math:sqrt:x",
    "1math:sqrt",
    "math:sq rt",
    "os;rm:x",
    "a..b:c",
    "a:b\n",
  ])("refuses %j", (reference) => {
    expect(() => pythonFunction(reference)).toThrow(TypeError);
  });
});
