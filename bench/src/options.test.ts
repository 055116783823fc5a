import { describe, expect, it } from "vitest";
import { parseOptions, UsageError } from "./options.ts";

const names = ["create", "noop-10k", "noop-100k"];

describe("parseOptions", () => {
  it("runs everything five times by default", () => {
    expect(parseOptions([], names)).toMatchObject({ only: [], rounds: 5, scale: 1, upstream: true, source: false });
  });

  it("takes names with commas, repeated, and beginnings of names", () => {
    expect(parseOptions(["--only", "create,noop", "--only=noop-10k"], names).only).toEqual([
      "create",
      "noop",
      "noop-10k",
    ]);
  });

  it.each([
    ["an unknown option", ["--fast"], "--fast"],
    ["an argument that belongs to none", ["noop"], "noop"],
    ["a comparison that there is not", ["--only", "speed"], "create, noop-10k, noop-100k"],
    ["no rounds", ["--rounds", "0"], "--rounds"],
    ["half a round", ["--rounds", "1.5"], "--rounds"],
    ["a scale that is no number", ["--scale", "big"], "--scale"],
    ["an option without its value", ["--json"], "--json"],
  ])("refuses %s", (_, args, named) => {
    const parse = (): unknown => parseOptions(args, names);

    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(named);
  });
});
