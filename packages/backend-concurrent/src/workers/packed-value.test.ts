import { describe, expect, it } from "vitest";
import { packValue, unpackValue } from "./packed-value.ts";

/** As if it had crossed to another thread. */
function cross(value: unknown): unknown {
  return unpackValue(structuredClone(packValue(value)));
}

describe("a thrown value that crosses between workers", () => {
  it.each([[1n], ["text"], [undefined], [null], [{ plain: [1, new Map([[1, 2]])] }], [Number.NaN]])(
    "is the same value: %o",
    (value) => {
      expect(cross(value)).toEqual(value);
    },
  );

  it("becomes text when it cannot be copied", () => {
    expect(cross(Symbol("x"))).toBe("Symbol(x)");
    expect(cross({ call: () => 1 })).toBe("{ call: [Function: call] }");
  });

  it("keeps class, message, stack and cause of an error", () => {
    const error = new RangeError("outer", { cause: new TypeError("inner", { cause: "root" }) });

    const copy = cross(error);

    expect(copy).toBeInstanceOf(RangeError);
    expect(copy).toMatchObject({ message: "outer", stack: error.stack, cause: { message: "inner", cause: "root" } });
    expect(Object.keys(copy as object)).toEqual([]);
  });

  it("keeps the errors of an AggregateError", () => {
    const copy = cross(new AggregateError([new TypeError("a"), "b"], "both"));

    expect(copy).toBeInstanceOf(AggregateError);
    expect(copy).toMatchObject({ message: "both", errors: [{ name: "TypeError", message: "a" }, "b"] });
  });

  it("keeps the name of a class that the other side does not know, and that of a DOMException", () => {
    expect(cross(new DOMException("stop", "AbortError"))).toMatchObject({ name: "AbortError", message: "stop" });
    expect(cross(Object.assign(new Error("x"), { name: "Own" }))).toMatchObject({ name: "Own" });
  });

  it("keeps fields such as code, and leaves out what cannot be copied", () => {
    const error = Object.assign(new Error("x"), { code: "E_X", at: { line: 3 }, retry: () => 1, sign: Symbol("s") });

    const copy = cross(error);

    expect(copy).toMatchObject({ code: "E_X", at: { line: 3 } });
    expect(copy).not.toHaveProperty("retry");
    expect(copy).not.toHaveProperty("sign");
  });

  it("ends somewhere when causes go in a circle", () => {
    const error = new Error("round");
    error.cause = error;

    expect(cross(error)).toMatchObject({ message: "round", cause: { cause: { message: "round" } } });
  });
});
