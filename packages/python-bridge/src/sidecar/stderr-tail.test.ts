import { describe, expect, it } from "vitest";
import { StderrTail } from "./stderr-tail.ts";

describe("StderrTail", () => {
  it("cuts what is printed into lines", () => {
    const lines: string[] = [];
    const tail = new StderrTail((line) => lines.push(line));

    tail.push("one\ntw");
    tail.push("o  \n\nthree");

    expect(lines).toEqual(["one", "two"]);
    expect(tail.text).toBe("one\ntwo  \n\nthree");
  });

  it("keeps the end of much", () => {
    const tail = new StderrTail(() => {});

    for (let index = 0; index < 1000; index += 1) tail.push(`${"x".repeat(100)}`);
    tail.push("the end");

    expect(tail.text).toHaveLength(4_000);
    expect(tail.text).toMatch(/xthe end$/);
  });
});
